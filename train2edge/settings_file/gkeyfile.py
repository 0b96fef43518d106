"""GKeyFile text as GLib reads it: ``g_key_file_load_from_data`` (glib/gkeyfile.c).

A value starts after the spaces behind ``=`` and goes to the end of its line, with all its
trailing spaces and whatever looks like a comment. A CR before the LF is no part of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from train2edge.settings_file.document import Format, Parsed, Remark, RemarkQueue
from train2edge.settings_file.node import Node

_SPACE = " \t\n\f\r"  # g_ascii_isspace; a vertical tab is none
_GROUP = re.compile(r"\[([^\]]*)\][ \t]*\Z")
_KEY = re.compile(r"[^\[\]=]+(\[[^\[\]=]*\])?\Z")
_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


@dataclass
class _Reader:
    groups: list[Node] = field(default_factory=list)
    keys: list[Node] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def line(self, raw: str, number: int, start: int) -> None:
        shown = raw.lstrip(_SPACE)
        start += len(raw) - len(shown)
        if not shown:
            return
        if shown.startswith("#"):
            self.remarks.append(Remark(shown, number, True))
        elif group := _GROUP.match(shown):
            self._group(group[1], number, start)
        elif "=" in shown[1:] and not shown.startswith("="):
            self._pair(shown, number, start)
        else:
            self._refuse(shown, number, "neither a [group], a key=value nor a comment")

    def _group(self, name: str, number: int, start: int) -> None:
        if not name or "[" in name or any(ord(one) < 32 for one in name):
            self._refuse(f"[{name}]", number, "no name for a group")
            return
        self.close()
        self.groups.append(Node(name, "map", number, (start, start + len(name) + 2)))

    def _pair(self, shown: str, number: int, start: int) -> None:
        head, _, tail = shown.partition("=")
        key, value = head.rstrip(_SPACE), tail.lstrip(_SPACE)
        if not self.groups:
            self._refuse(shown, number, "a key before the first [group]")
        elif not _KEY.match(key):
            self._refuse(shown, number, "no name for a key")
        else:
            at = start + len(shown) - len(value)
            span = (at, at + len(value))
            self.keys.append(Node(key, "scalar", number, span, unescaped(value), value))

    def _refuse(self, shown: str, number: int, why: str) -> None:
        self.remarks.append(Remark(shown, number, True))
        self.problems.append((number, f"{why}: {shown!r}"))

    def close(self) -> None:
        """Give the keys so far to the group that is open."""
        if self.groups:
            last = self.groups[-1]
            self.groups[-1] = Node(last.key, "map", last.line, last.span, children=tuple(self.keys))
            self.keys = []


def parse(text: str) -> Parsed:
    """Groups in their order, one that stands twice as two; the reader of values joins them."""
    reader, start = _Reader(), 0
    lines = text.split("\n")
    for number, raw in enumerate(lines, 1):
        ended = number < len(lines)  # a CR without its LF is part of the last value
        reader.line(raw.removesuffix("\r") if ended else raw, number, start)
        start += len(raw) + 1
    reader.close()
    root = Node("", "map", 1, (0, 0), children=tuple(reader.groups))
    return Parsed(root, tuple(reader.remarks), tuple(reader.problems))


def render(parsed: Parsed) -> str:
    lines: list[str] = []
    queue = RemarkQueue(parsed.remarks)
    for group in parsed.root.children:
        lines += queue.before(group.line)
        lines.append(f"[{group.key}]")
        for one in group.children:
            lines += queue.before(one.line)
            lines.append(f"{one.key}={one.written}")
    lines += queue.rest()
    # A CR that belongs to a value needs another one, which the reader takes as the line's end.
    return "".join(f"{one}\r\n" if one.endswith("\r") else f"{one}\n" for one in lines)


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), value)


def escaped(value: str) -> str:
    """How GLib writes a text: leading spaces, control characters and ``\\`` escaped."""
    for letter in ("\\", "\n", "\t", "\r"):
        name = next(key for key, one in _ESCAPES.items() if one == letter)
        value = value.replace(letter, f"\\{name}")
    shown = value.lstrip(" ")
    return "\\s" * (len(value) - len(shown)) + shown


def _spell(value: str, node: Node) -> str:
    return escaped(value)


def _line(key: str, value: str, like: Node | None) -> str:
    return f"{key}={escaped(value)}"


FORMAT = Format("gkeyfile", parse, render, _spell, _line)
