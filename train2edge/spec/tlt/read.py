"""Reading a specification of TLT or TAO: protobuf's text form or YAML, whatever its name."""

from __future__ import annotations

import contextlib
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
            "several YAML documents, or one without keys: not a specification of TLT or TAO",
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
    """By the form that can be read; where neither can, by the suffix and then by the look."""
    likely, other = (PROTOTXT, YAML) if _looks_like_protobuf(path, text) else (YAML, PROTOTXT)
    first = _parse(likely, path, text)
    if not first.problems:
        return first
    second = _parse(other, path, text)
    is_read = not second.problems and second.root.kind == "map" and _has_sections(second)
    return second if is_read else first


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


def _has_sections(parsed: Parsed) -> bool:
    return any(one.kind == "map" for one in parsed.root.children)


def _looks_like_protobuf(path: Path, text: str) -> bool:
    if path.suffix.lower() in (*YAML_SUFFIXES, ".json"):
        return False
    lines = (one.split("#")[0].strip() for one in text.splitlines())
    return any(one.endswith("{") or one.startswith("}") for one in lines)
