"""A deepstream-app configuration as it is written: groups of keys, and where they stand.

In the YAML form the sources stand in a CSV file whose header holds the keys
(NVIDIA, ``deepstream_app_config_parser_yaml.cpp``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from train2edge import settings_file
from train2edge.errors import InputError
from train2edge.settings_file import Document, SettingsFile, csv_rows
from train2edge.settings_file.document import text_of


@dataclass(frozen=True)
class Entry:
    """One value as text and its ``file:line``."""

    text: str
    where: str


@dataclass(frozen=True)
class Group:
    """``[name]``; ``entries`` in the order of the file."""

    name: str
    where: str
    entries: Mapping[str, Entry] = field(default_factory=dict)


def read(path: Path) -> dict[str, Group]:
    """The groups of ``path`` (YAML by its ending, else text); ``InputError`` names the line."""
    file = settings_file.read(path)
    groups = {name: _group(file, name) for name in file.sections}
    if file.is_yaml:
        groups.update(_csv_sources(path, groups.pop("source", None)))
    return groups


def _group(file: SettingsFile, name: str) -> Group:
    keys = file.sections[name]
    entries = {key: Entry(one.value, f"{file.path}:{one.line}") for key, one in keys.items()}
    return Group(name, file.where(name), entries)


def _csv_sources(path: Path, group: Group | None) -> Iterator[tuple[str, Group]]:
    """``source: csv-file-path:``, a row for each source."""
    entry = group.entries.get("csv-file-path") if group else None
    if entry is None:
        return
    file = path.parent / entry.text
    if not file.is_file():
        raise InputError(f"no such file: {entry.text}", where=entry.where)
    table = Document(file, text_of(file), csv_rows.FORMAT)
    for problem in table.problems:
        raise InputError(problem.message, where=problem.where)
    for row in table.root.children[1:]:
        where = f"{file}:{row.line}"
        entries = {one.key: Entry(one.value, where) for one in row.children if one.value}
        yield row.key, Group(row.key, where, entries)
