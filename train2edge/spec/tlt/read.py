"""Reading a specification of TLT or TAO: protobuf's text form or YAML, whatever its name."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.settings_file import YAML_SUFFIXES
from train2edge.settings_file.document import Format, Parsed
from train2edge.settings_file.prototxt import FORMAT as PROTOTXT
from train2edge.settings_file.yaml_text import FORMAT as YAML
from train2edge.spec.tlt.group import Group, grown
from train2edge.yaml_loader import Loader

LARGEST = 4 << 20  # bytes; real ones have some kilobytes
_OPENED = re.compile(r"[{}]\s*(#.*)?$", re.MULTILINE)
MOST = 100_000  # values; real ones have some hundreds


def read_all(paths: Sequence[Path]) -> list[Group]:
    """Every file's tree; ``ProblemsError`` with what is wrong with any of them."""
    found: list[Group] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found.append(read(path))
        except ProblemsError as error:
            problems += error.problems
        except InputError as error:
            problems.append(Problem(error.where or str(path), error.message, error.hint))
    if problems:
        raise ProblemsError(problems)
    return found


def read(path: Path) -> Group:
    """One file's tree; ``InputError`` if it is no text, and with its line where it breaks off."""
    text = _text(path)
    parsed = _parsed(path, text)
    if parsed.problems:
        raise ProblemsError([Problem(f"{path}:{line}", what) for line, what in parsed.problems])
    if parsed.root.key:  # of several documents, or of one that is a single value
        raise InputError(
            "not a specification of TLT or TAO: no keys, or several YAML documents",
            where=f"{path}:1",
        )
    if parsed.root.kind != "map" or not parsed.root.children:
        raise InputError("holds no keys: not a specification of TLT or TAO", where=str(path))
    return grown(parsed.root, path)


def _text(path: Path) -> str:
    if path.is_dir():
        raise InputError("a folder; a specification is a file", where=str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot be read: {reason}", where=str(path)) from None
    if not data.strip():
        raise InputError("is empty", where=str(path))
    with contextlib.suppress(UnicodeDecodeError):
        if b"\0" not in data and len(data) <= LARGEST:
            return data.decode("utf-8-sig")
    raise InputError(
        "not a text file in UTF-8: a specification is wanted, not a model or TFRecords",
        where=str(path),
        hint=".etlt models: t2e models etlt decrypt; TFRecords: what they were made from",
    )


def _parsed(path: Path, text: str) -> Parsed:
    """By the form that can be read; where neither can, what the likelier one says."""
    is_yaml = path.suffix.lower() in (*YAML_SUFFIXES, ".json")
    forms = (YAML, PROTOTXT) if is_yaml else (PROTOTXT, YAML)
    first = _parse(forms[0], path, text)
    if _is_read(first):
        return first
    second = _parse(forms[1], path, text)
    if _is_read(second):
        return second
    return first if is_yaml or _OPENED.search(text) else second


def _is_read(parsed: Parsed) -> bool:
    """A brace in a key is protobuf's section, on one line, taken for YAML."""
    keys = [one.key for one in parsed.root.children]
    is_map = parsed.root.kind == "map" and not parsed.root.key
    return not parsed.problems and is_map and not any("{" in key for key in keys)


def _parse(form: Format, path: Path, text: str) -> Parsed:
    try:
        if form is YAML and _values_of(text) > MOST:
            raise InputError(f"its aliases stand for over {MOST} values", where=str(path))
        return form.parse(text)
    except RecursionError:
        raise InputError("groups in groups, too deep to be read", where=str(path)) from None


def _values_of(text: str) -> int:
    """How many values a YAML text has with its aliases written out; 0 if it cannot be read."""
    counts: dict[int, int] = {}

    def count(node: yaml.Node) -> int:
        if id(node) not in counts:
            inner = node.value if isinstance(node, yaml.CollectionNode) else []
            pairs = isinstance(node, yaml.MappingNode)
            counts[id(node)] = 1 + sum(count(one[1] if pairs else one) for one in inner)
        return counts[id(node)]

    try:
        root = yaml.compose(text, Loader=Loader)
    except (yaml.YAMLError, ValueError):
        return 0
    return count(root) if root is not None else 0
