"""The program asks nothing of ``pyds`` that NVIDIA's published types do not have."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.deepstream.twin.pyds.test_stubs import published

APP = Path(__file__).parents[3] / "deepstream/app"
THEIRS = {"pyds", "meta", "batch", "frame", "one", "of", "found", "label", "text"}
PYTHONS = {"append", "join", "strip"}


def names() -> set[str]:
    """Every class, function and attribute of the published types."""
    found = set()
    for node in ast.walk(published()):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("file", ["metadata.py", "style.py"])
def test_every_name_is_published(file: str) -> None:
    tree = ast.parse((APP / file).read_text())
    asked = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and root(node) in THEIRS
    }
    assert len(asked) > 12
    assert asked - PYTHONS <= names()
