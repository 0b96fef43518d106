"""Rules for the text itself: what GLib, yaml-cpp and protobuf do with its form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from deepstream.lint.context import Context
from deepstream.lint.finding import Finding, Level
from deepstream.lint.schema import KeySpec
from train2edge.settings_file import Node

_COMMENT = re.compile(r"(^|\s)#")
READERS = {
    "gkeyfile": "GLib refuses the whole file",
    "yaml": "the YAML parser refuses the whole file",
    "prototxt": "protobuf refuses the whole file",
    "csv": "keys and values no longer fit together",
}


def syntax(c: Context) -> Iterator[Finding]:
    for problem in c.file.document.problems:
        why = READERS[c.file.document.format.name]
        yield Finding("error", problem.where, problem.message, why, "correct the line", "syntax")


def inline_comments(c: Context) -> Iterator[Finding]:
    """GLib reads an integer up to the space behind it, by luck; everything else to the end."""
    for _, one, spec in _values(c, "gkeyfile"):
        if not has_comment(one.value):
            continue
        fix = "put the comment on a line of its own"
        if spec and reads_digits(c, spec) and not one.value.startswith("#"):
            why = "GLib knows no comment behind a value; of an integer it takes the digits alone"
            yield c.at_node("inline-comment", "warning", one, why, fix, _said(one))
        else:
            why = "a comment after a value becomes part of the value"
            yield c.at_node("inline-comment", "error", one, why, fix, _said(one))


def has_comment(value: str) -> bool:
    """Whether somebody meant a comment behind a value, where GLib knows none."""
    return bool(_COMMENT.search(value))


def reads_digits(c: Context, spec: KeySpec) -> bool:
    """Whether a value is read with ``g_key_file_get_integer``: deepstream-app's flags are too."""
    return spec.type == "int" or (spec.type == "bool" and c.file.kind_name == "app")


def spaces_at_the_end(c: Context) -> Iterator[Finding]:
    for _, one, spec in _values(c, "gkeyfile"):
        kept = one.value != one.value.rstrip() and not has_comment(one.value)
        if kept and spec and spec.type in ("float", "path", "text"):
            why = "GLib keeps spaces at the end of a line: they are part of the value"
            fix = f"write {one.key}={one.value.rstrip()} with nothing behind it"
            level: Level = "warning" if spec.type == "text" else "error"
            yield c.at_node("trailing-space", level, one, why, fix, f"{one.key}={one.value!r}")


def written_twice(c: Context) -> Iterator[Finding]:
    """Only where it matters: two equal values do no harm."""
    seen: dict[tuple[str, str], Node] = {}
    for group, one, _ in _values(c, "gkeyfile", "yaml"):
        if not one.key or not group.key:
            continue
        first = seen.setdefault((group.key, one.key), one)
        if first.value.strip() != one.value.strip():
            why = f"the same key stands in line {first.line} as {first.value.strip()}"
            yield c.at_node("twice", "warning", one, f"{why}; the last one counts", "remove one")


def outside_of_sections(c: Context) -> Iterator[Finding]:
    if c.file.document.format.name != "yaml" or not c.file.kind or c.file.kind.open:
        return
    for one in c.file.document.root.children:
        if one.kind == "scalar" and one.value and one.key:
            why = "it stands outside of every section, where nothing reads it"
            yield c.at_node("outside-section", "warning", one, why, "indent it below its section")


def yaml_lists(c: Context) -> Iterator[Finding]:
    """All but the tracker's files want one text with semicolons."""
    known = c.file.kind is not None and not c.file.kind.open
    if c.file.document.format.name != "yaml" or c.file.kind_name == "tracker" or not known:
        return
    for group in c.file.document.root.children:
        for one in group.children:
            spec = _spec(c, group, one)
            if spec and one.kind != "scalar":
                items = ";".join(item.value for item in one.children)
                why = "DeepStream's YAML parsers read a list as one text"
                fix = f"write {one.key}: {items or '0;1;2'}"
                yield c.at_node("yaml-list", "error", one, why, fix)


def _values(c: Context, *forms: str) -> Iterator[tuple[Node, Node, KeySpec | None]]:
    if c.file.document.format.name in forms:
        for group in c.file.document.root.children:
            for one in group.children:
                if one.kind == "scalar":
                    yield group, one, _spec(c, group, one)


def _spec(c: Context, group: Node, one: Node) -> KeySpec | None:
    known = c.file.kind.group(group.key) if c.file.kind else None
    return known.key(one.key) if known else None


def _said(node: Node) -> str:
    return f"{node.key}={node.value}"


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    syntax, inline_comments, spaces_at_the_end, written_twice, outside_of_sections, yaml_lists,
)  # fmt: skip
