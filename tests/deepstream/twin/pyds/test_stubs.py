"""Everything that NVIDIA's pyds has by its published types, the twin's has by the same name."""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
import zipfile
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("gstreamer")
WHEELS = Path(sys.prefix) / "wheels"
MEMBERS = {"name", "value"}  # of an enumeration's members, not of the enumeration
CHANGED = {  # the twin's takes what older scripts leave out
    "alloc_nvds_event_msg_meta"
}


@pytest.fixture(scope="module")
def twin() -> ModuleType:
    from deepstream.twin import pyds

    return pyds.make()


@cache
def text() -> str:
    wheels = sorted(WHEELS.glob("pyds_stubs-*.whl"))
    if not wheels:
        message = f"no types of pyds in {WHEELS}: scripts/install --dev fetches them"
        if os.environ.get("CI"):
            raise FileNotFoundError(message)
        pytest.skip(message)
    with zipfile.ZipFile(wheels[-1]) as wheel:
        return wheel.read("pyds-stubs/stub.pyi").decode()


def published() -> ast.Module:
    # Type statements are of Python 3.12.
    return ast.parse(re.sub(r"^(\s*)type (\w+)(\[.*?\])? =", r"\1\2 =", text(), flags=re.M))


def found(kind: type) -> list[Any]:
    return [node for node in published().body if isinstance(node, kind)]


def name_of(node: ast.stmt) -> str:
    if isinstance(node, ast.AnnAssign):
        return node.target.id if isinstance(node.target, ast.Name) else "__"
    return node.name if isinstance(node, ast.FunctionDef) else "__"


def test_every_class_has_every_attribute(twin: ModuleType) -> None:
    missing = []
    for node in found(ast.ClassDef):
        mine = getattr(twin, node.name, None)
        names = [
            getattr(one, "name", getattr(getattr(one, "target", None), "id", ""))
            for one in node.body
        ]
        wanted = {name for name in names if name and not name.startswith("__")} - MEMBERS
        missing += [f"{node.name}.{name}" for name in wanted if not hasattr(mine, name)]
    assert len(found(ast.ClassDef)) > 80 and missing == []


def test_every_function_takes_the_same_arguments(twin: ModuleType) -> None:
    wrong = []
    for node in found(ast.FunctionDef):
        mine = getattr(twin, node.name, None)
        wanted = [one.arg for one in node.args.args]
        if mine is None:
            wrong.append(node.name)
        elif node.name not in CHANGED and wanted[:1] != ["arg0"]:
            given = list(inspect.signature(mine).parameters)
            wrong += [f"{node.name}{wanted} is {given}"] if given != wanted else []
    assert len(found(ast.FunctionDef)) > 90 and wrong == []


def test_enumerations_have_the_same_numbers(twin: ModuleType) -> None:
    values = set(re.findall(r"# value = <(\w+)\.(\w+): (-?\d+)>", text()))
    mine = {(kind, name, str(int(getattr(getattr(twin, kind), name)))) for kind, name, _ in values}
    assert len(values) > 100 and mine == values
    assert all(getattr(twin, name) == int(number) for _, name, number in values)
