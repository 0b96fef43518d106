"""A settings file as it stands: its text, the tree that its reader sees, comments, problems.

Nothing is lost: ``text`` is the file, and an edit replaces one value's characters alone, so that
every other line keeps its bytes. ``rendered`` writes the same tree anew, from values, order and
comments, in one plain style.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from train2edge.errors import InputError, Problem
from train2edge.files import replacing
from train2edge.settings_file.node import Node

Form = Literal["gkeyfile", "yaml", "prototxt", "csv"]
# Bytes that are no UTF-8 stand in many real comments; they are kept as they are.
_KEEP_BYTES = "surrogateescape"


@dataclass(frozen=True)
class Remark:
    """A comment or a header (``%YAML:1.0``, ``---``): whole lines, or behind a value."""

    text: str
    line: int
    own_line: bool


@dataclass(frozen=True)
class Parsed:
    """What one format's parser makes of a text; ``problems`` are (line, what) it refuses."""

    root: Node
    remarks: tuple[Remark, ...] = ()
    problems: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Format:
    """One way to write settings: how to parse it, write it anew, and spell a value.

    ``inline`` writes a group with all that is in it where a value stands, if the form has that.
    """

    name: Form
    parse: Callable[[str], Parsed]
    render: Callable[[Parsed], str]
    spell: Callable[[str, Node], str]
    line: Callable[[str, str, Node | None], str]
    inline: Callable[[Node], str] | None = None


@dataclass(frozen=True)
class Document:
    """One file: see above. ``text`` holds its line ends and its every byte."""

    path: Path
    text: str
    format: Format

    @cached_property
    def parsed(self) -> Parsed:
        return self.format.parse(self.text)

    @property
    def root(self) -> Node:
        return self.parsed.root

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the real reader would refuse the file, with ``file:line``."""
        return tuple(Problem(f"{self.path}:{line}", what) for line, what in self.parsed.problems)

    @property
    def refusals(self) -> tuple[str, ...]:
        return tuple(what for _, what in self.parsed.problems)

    @property
    def values(self) -> tuple[object, ...]:
        """Keys and values in the order of the file, nested; equal files are equal here."""
        return tuple(_plain(one) for one in self.root.children)

    @property
    def remarks(self) -> tuple[str, ...]:
        return tuple(one.text for one in self.parsed.remarks)

    def set(self, keys: tuple[str, ...], value: str) -> Document:
        """The document with another value; a new key goes to the end of its group.

        In a group that is another one's by an alias, the alias gives way to a copy with the value:
        who else has that group keeps it. ``InputError`` where there is no such group, or a map or
        a list stands there.
        """
        node = self.root.find(*keys)
        if node is None:
            return self._added(keys, value)
        if node.kind != "scalar":
            raise InputError("is no single value", where=f"{self.path}:{node.line}")
        if found := self.root.alias_on(*keys):
            alias, inner = found
            return self._copied(alias, alias.with_value(inner, value))
        return self._replaced(node, self.format.spell(value, node))

    def _added(self, keys: tuple[str, ...], value: str) -> Document:
        group = self.root.find(*keys[:-1])
        if group is None:
            raise InputError(f"has no {'.'.join(keys[:-1])}", where=str(self.path))
        if group.kind != "map":
            raise InputError("is no group", where=f"{self.path}:{group.line}")
        if found := self.root.alias_on(*keys):
            alias, inner = found
            return self._copied(alias, alias.with_value(inner, value))
        last = group.children[-1] if group.children else None
        at = _end_of_line(self.text, _end(last or group))
        ending = "\r\n" if "\r\n" in self.text else "\n"
        line = self.format.line(keys[-1], value, last)
        head = self.text[:at] + ("" if self.text[:at].endswith("\n") else ending)
        return dataclasses.replace(self, text=head + line + ending + self.text[at:])

    def remove(self, *keys: str) -> Document:
        """The document without the line of one value; an alias gives way to a copy without it."""
        node = self.root.find(*keys)
        if node is None or node.kind != "scalar":
            raise InputError(f"has no value {'.'.join(keys)}", where=str(self.path))
        if found := self.root.alias_on(*keys):
            alias, inner = found
            return self._copied(alias, alias.with_value(inner, None))
        start = self.text.rfind("\n", 0, node.span[0]) + 1
        end = _end_of_line(self.text, node.span[1])
        return dataclasses.replace(self, text=self.text[:start] + self.text[end:])

    def _copied(self, alias: Node, group: Node) -> Document:
        assert self.format.inline is not None, f"{self.format.name} has no aliases"
        return self._replaced(alias, self.format.inline(group))

    def _replaced(self, node: Node, text: str) -> Document:
        start, end = node.span
        return dataclasses.replace(self, text=self.text[:start] + text + self.text[end:])

    def rendered(self) -> str:
        """The same values, order and comments, written anew in one style."""
        return self.format.render(self.parsed)

    def write(self, path: Path | None = None) -> None:
        """Write the text, byte for byte, beside the place and then over it."""
        with replacing(path or self.path) as beside:
            beside.write_bytes(self.text.encode("utf-8", _KEEP_BYTES))


class RemarkQueue:
    """The remarks of a file in their order, for a writer that walks the tree."""

    def __init__(self, remarks: tuple[Remark, ...]) -> None:
        self._left = list(remarks)

    def before(self, line: int) -> Iterator[str]:
        """Texts that stand above ``line``, or in front on it (``---``), and were not given yet."""
        while self._left and self._left[0].line < line + self._left[0].own_line:
            yield self._left.pop(0).text

    def beside(self, line: int) -> str:
        """What stands behind the value on ``line``, with the space before it."""
        if self._left and self._left[0].line == line and not self._left[0].own_line:
            return f" {self._left.pop(0).text}"
        return ""

    def rest(self) -> Iterator[str]:
        yield from (one.text for one in self._left)
        self._left.clear()


def text_of(path: Path) -> str:
    """A file's text with its line ends; ``InputError`` if it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8", _KEEP_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None


def differences(one: Document, other: Document) -> Iterator[str]:
    """What is not the same in two documents, the first of each kind."""
    pairs: Mapping[str, tuple[tuple[object, ...], tuple[object, ...]]] = {
        "values": (one.values, other.values),
        "comments": (one.remarks, other.remarks),
        "problems": (one.refusals, other.refusals),
    }
    for name, (left, right) in pairs.items():
        if left != right:
            at = next(
                (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None
            )
            at = min(len(left), len(right)) if at is None else at
            yield f"{name} differ: {left[at : at + 1]} and {right[at : at + 1]}"


def _plain(node: Node) -> object:
    head = (node.key, node.tag) if node.tag else (node.key,)
    if node.kind == "scalar":
        return *head, node.value
    return *head, node.kind, tuple(_plain(one) for one in node.children)


def _end(node: Node) -> int:
    return max([node.span[1], *(_end(one) for one in node.children)])


def _end_of_line(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1
