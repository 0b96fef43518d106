"""DeepStream's settings files, with the line of every value, for checks and messages.

GKeyFile text as GLib reads it (no inline comments, the last of two equal keys wins), or YAML maps
of scalars as DeepStream's YAML parsers read them (the text of the scalar counts, not its type).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from train2edge.errors import InputError

YAML_SUFFIXES = (".yml", ".yaml")
_GROUP = re.compile(r"\[([^\[\]]+)\]\s*\Z")
_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


@dataclass(frozen=True)
class Entry:
    """The text of one value and its line, counted from 1."""

    value: str
    line: int


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
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", where=str(path)) from None
    return _yaml(path, text) if path.suffix in YAML_SUFFIXES else _gkeyfile(path, text)


def _gkeyfile(path: Path, text: str) -> SettingsFile:
    sections: dict[str, dict[str, Entry]] = {}
    lines: dict[str, int] = {}
    current: dict[str, Entry] | None = None
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if group := _GROUP.match(line):
            current = sections.setdefault(group[1], {})
            lines.setdefault(group[1], number)
            continue
        key, equals, value = line.partition("=")
        if not equals or current is None:
            raise InputError(
                f"neither a [group], a key=value nor a comment: {line!r}", where=f"{path}:{number}"
            )
        current.pop(key.strip(), None)
        current[key.strip()] = Entry(_unescape(value.strip()), number)
    return SettingsFile(path, sections, lines)


def _unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[0]), value)


def _yaml(path: Path, text: str) -> SettingsFile:
    # OpenCV's first line, "%YAML:1.0", is no directive of YAML's own.
    body = re.sub(r"\A%YAML:1\.0", "#", text)
    try:
        node = yaml.compose(body, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise InputError(f"not YAML: {getattr(error, 'problem', error)}", where=where) from None
    sections: dict[str, dict[str, Entry]] = {}
    lines: dict[str, int] = {}
    for name, line, value in _items(node, path) if node else ():
        lines[name] = line
        sections[name] = {key: _entry(one, at, path) for key, at, one in _items(value, path)}
    return SettingsFile(path, sections, lines)


def _items(node: yaml.Node, path: Path) -> Iterator[tuple[str, int, yaml.Node]]:
    """Key, line and value of a map; an empty section is an empty map."""
    if isinstance(node, yaml.ScalarNode) and not node.value:
        return
    if not isinstance(node, yaml.MappingNode):
        raise InputError("not a map of keys", where=f"{path}:{node.start_mark.line + 1}")
    for key, value in node.value:
        yield str(key.value), key.start_mark.line + 1, value


def _entry(node: yaml.Node, line: int, path: Path) -> Entry:
    if not isinstance(node, yaml.ScalarNode):
        raise InputError(
            "a list or a map where DeepStream reads one text",
            where=f"{path}:{line}",
            hint="write a list as '0;1;2'",
        )
    return Entry(str(node.value), line)
