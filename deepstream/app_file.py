"""A deepstream-app configuration as it is written: groups of keys, and where they stand.

In the YAML form the sources stand in a CSV file whose header holds the keys
(NVIDIA, ``deepstream_app_config_parser_yaml.cpp``).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from train2edge import settings_file
from train2edge.errors import InputError
from train2edge.settings_file import SettingsFile


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
    with file.open(newline="", encoding="utf-8") as lines:
        reader = csv.reader(lines)
        header = [name.strip() for name in next(reader, [])]
        for number, row in enumerate(reader):
            yield f"source{number}", _csv_row(file, number, header, row)


def _csv_row(file: Path, number: int, header: list[str], row: list[str]) -> Group:
    where = f"{file}:{number + 2}"
    if len(row) != len(header):
        raise InputError(f"{len(row)} values for {len(header)} columns", where=where)
    pairs = zip(header, row, strict=True)
    entries = {key: Entry(value.strip(), where) for key, value in pairs if value.strip()}
    return Group(f"source{number}", where, entries)
