"""The configuration file of nvmsgconv: what stands where. Key file, YAML or CSV.

Keys as in NVIDIA's message converter (DeepStream 9.1, ``deepstream_schema.cpp``). Everything that
is wrong is told at once; unknown keys and groups are notes, as they are there.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deepstream.messages.event import ZERO, Three
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.nvinfer.values import boolean, listed, number
from train2edge.settings_file import SettingsFile
from train2edge.settings_file import read as read_file


@dataclass(frozen=True)
class Sensor:
    """``location``: latitude, longitude, altitude; ``coordinate``: x, y, z."""

    id: str = ""
    type: str = ""
    description: str = ""
    location: Three = ZERO
    coordinate: Three = ZERO


@dataclass(frozen=True)
class Place:
    """``fields``: what an aisle, an entrance or a parking spot is called, by the event."""

    id: str = ""
    name: str = ""
    type: str = ""
    location: Three = ZERO
    coordinate: Three = ZERO
    fields: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True)
class Module:
    """What analysed the picture: the file's ``[analyticsN]``."""

    id: str = ""
    description: str = ""
    source: str = ""
    version: str = ""


@dataclass(frozen=True)
class Site:
    """By the numbers of the groups, which are those of sources or of an event's fields."""

    sensors: dict[int, Sensor] = field(default_factory=dict)
    places: dict[int, Place] = field(default_factory=dict)
    modules: dict[int, Module] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()


_THREE = ("location", "coordinate")
_KEYS = {
    "sensor": ("id", "type", "description", *_THREE),
    "place": ("id", "type", "name", *_THREE, *(f"place-sub-field{one}" for one in (1, 2, 3))),
    "analytics": ("id", "description", "source", "version"),
}


def read(path: Path) -> Site:
    """Read ``path``; ``InputError`` with file:line of everything that is wrong."""
    if path.suffix == ".csv":
        return _csv(path)
    reader = _Reader(read_file(path))
    site = reader.site()
    if reader.problems:
        raise ProblemsError(reader.problems)
    return site


class _Reader:
    def __init__(self, file: SettingsFile) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []

    def site(self) -> Site:
        found: dict[str, dict[int, Any]] = {kind: {} for kind in _KEYS}
        for name in self.file.sections:
            kind = next((one for one in _KEYS if name.startswith(one)), None)
            if kind is None:
                self.notes.append(Problem(self.file.where(name), f"[{name}]: unknown group"))
                continue
            index = re.match("[0-9]+", name[len(kind) :])
            if index is None:
                self._problem(name, None, f"[{name}]: {kind}N wants a number")
            elif self._enabled(name):
                found[kind][int(index[0])] = self._entry(name, kind)
        return Site(found["sensor"], found["place"], found["analytics"], tuple(self.notes))

    def _enabled(self, name: str) -> bool:
        text = self.file.get(name, "enable")
        try:
            return text is not None and boolean(text)
        except ValueError as error:
            self._problem(name, "enable", f"enable: {error}")
            return False

    def _entry(self, name: str, kind: str) -> Sensor | Place | Module:
        values = dict(self._values(name, kind))
        if kind == "sensor":
            return Sensor(**values)
        if kind == "analytics":
            return Module(**values)
        fields = tuple(values.pop(f"place-sub-field{one}", "") for one in (1, 2, 3))
        return Place(**values, fields=fields)

    def _values(self, name: str, kind: str) -> Iterator[tuple[str, Any]]:
        for key, entry in self.file.sections[name].items():
            if key == "enable":
                continue
            if key not in _KEYS[kind]:
                where = self.file.where(name, key)
                self.notes.append(Problem(where, f"{key}: unknown key of [{name}]"))
                continue
            try:
                yield key, listed(number(), 3)(entry.value) if key in _THREE else entry.value
            except ValueError as error:
                self._problem(name, key, f"{key}: {error}")

    def _problem(self, name: str, key: str | None, message: str) -> None:
        self.problems.append(Problem(self.file.where(name, key), message))


def _csv(path: Path) -> Site:
    """A line a camera, after a header: number, id, description, its text id, three place fields."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [[one.strip() for one in row] for row in csv.reader(file)][1:]
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    short = [
        Problem(f"{path}:{line}", f"has {len(row)} fields, 7 are needed")
        for line, row in enumerate(rows, 2)
        if len(row) < 7
    ]
    if short:
        raise ProblemsError(short)
    sensors = {at: Sensor(row[1], "Camera", row[2]) for at, row in enumerate(rows)}
    # The name and the kind of the place are fixed in NVIDIA's converter too.
    places = {
        at: Place("Id", "endeavor", "building/garage", fields=(row[4], row[5], row[6]))
        for at, row in enumerate(rows)
    }
    return Site(sensors, places, {at: Module(version="1.0") for at in range(len(rows))})
