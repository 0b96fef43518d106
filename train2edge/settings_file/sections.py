"""DeepStream's settings files, with the line of every value, for checks and messages.

GKeyFile text as GLib reads it (no inline comments, the last of two equal keys wins), or YAML maps
of scalars as DeepStream's YAML parsers read them (the text of the scalar counts, not its type).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from train2edge.errors import InputError
from train2edge.settings_file import gkeyfile, yaml_text
from train2edge.settings_file.document import Document, text_of
from train2edge.settings_file.node import Node

YAML_SUFFIXES = (".yml", ".yaml")


@dataclass(frozen=True)
class Entry:
    """The text of one value and its line, counted from 1; ``raw`` keeps spaces at its end."""

    value: str
    line: int
    raw: str = field(default="", compare=False)


@dataclass(frozen=True)
class SettingsFile:
    """Sections of a file: name to key to entry. ``lines`` maps a section to its own line."""

    path: Path
    sections: Mapping[str, Mapping[str, Entry]]
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_yaml(self) -> bool:
        return self.path.suffix in YAML_SUFFIXES

    def get(self, section: str, key: str) -> str | None:
        entry = self.sections.get(section, {}).get(key)
        return entry.value if entry else None

    def where(self, section: str, key: str | None = None) -> str:
        """``file:line`` of a key, of its section if the key is absent, or the file."""
        entry = self.sections.get(section, {}).get(key or "")
        line = entry.line if entry else self.lines.get(section)
        return f"{self.path}:{line}" if line else str(self.path)

    def values(self) -> dict[str, dict[str, str]]:
        """Sections and keys with their text alone."""
        return {
            name: {key: one.value for key, one in keys.items()}
            for name, keys in self.sections.items()
        }


def read(path: Path) -> SettingsFile:
    """Read a GKeyFile or, by its suffix, a YAML file; ``InputError`` with file:line."""
    is_yaml = path.suffix in YAML_SUFFIXES
    text = text_of(path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError("is not UTF-8 text", where=str(path)) from None
    document = Document(path, text, yaml_text.FORMAT if is_yaml else gkeyfile.FORMAT)
    for problem in document.problems:
        raise InputError(problem.message, where=problem.where)
    return sections_of(document, strict=True)


def sections_of(document: Document, *, strict: bool = False) -> SettingsFile:
    """The sections of a document; what is no value in a section is left out, or refused."""
    sections: dict[str, dict[str, Entry]] = {}
    lines: dict[str, int] = {}
    if strict:
        _refuse_other_shapes(document)
    for group in document.root.children:
        if group.kind != "map" and (group.kind == "list" or group.value):
            continue
        keys = sections.setdefault(group.key, {})
        lines.setdefault(group.key, group.line)
        for one in (child for child in group.children if child.kind == "scalar"):
            keys.pop(one.key, None)
            keys[one.key] = Entry(_shown(document, one), one.line, one.value)
    return SettingsFile(document.path, sections, lines)


def _shown(document: Document, node: Node) -> str:
    """A value without the spaces at its end, which only texts keep in GLib's hands."""
    if document.format is gkeyfile.FORMAT:
        return gkeyfile.unescaped(node.written.strip())
    return node.value


def _refuse_other_shapes(document: Document) -> None:
    path, root = document.path, document.root
    for group in (root, *root.children):
        empty = group.kind == "scalar" and not group.value
        if group.kind != "map" and not empty:
            line = group.line if group is root else _value_line(document, group)
            raise InputError("not a map of keys", where=f"{path}:{line}")
    for one in (child for group in root.children for child in group.children):
        if one.kind != "scalar":
            raise InputError(
                "a list or a map where DeepStream reads one text",
                where=f"{path}:{one.line}",
                hint="write a list as '0;1;2'",
            )


def _value_line(document: Document, node: Node) -> int:
    return document.text.count("\n", 0, node.span[0]) + 1
