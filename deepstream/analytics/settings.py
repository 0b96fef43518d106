"""Reads the configuration file of nvdsanalytics (key file or YAML), all its mistakes at once.

Keys and defaults are those of gst-nvdsanalytics' own parser (DeepStream 9.1); what that parser
passes over in silence, or with a line on the console, becomes a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from deepstream.analytics.rules import (
    AnalyticsSettings,
    Crowd,
    Direction,
    Line,
    Mode,
    Point,
    Region,
    StreamRules,
)
from train2edge.errors import Problem, ProblemsError
from train2edge.nvinfer.values import boolean, integer, listed
from train2edge.settings_file import SettingsFile
from train2edge.settings_file import read as read_file

T = TypeVar("T")
PROPERTY = "property"
MODES: dict[str, Mode] = {"loose": "loose", "balanced": "balanced", "strict": "strict"}
AFTER = "in YAML the ';' at the end is one value more"
NOWHERE: tuple[Point, ...] = ()
TIME_NOTE = "DeepStream (to 9.1) reads it and counts without it, and so does the twin"


def read(path: Path) -> AnalyticsSettings:
    """Read ``path``; ``ProblemsError`` with file:line of everything that is wrong."""
    reader = _Reader(read_file(path))
    settings = reader.settings()
    if reader.problems:
        raise ProblemsError(reader.problems)
    return settings


@dataclass
class _Group:
    """One section of the file: its own reader of values, and the stream it is for."""

    file: SettingsFile
    name: str
    problems: list[Problem]
    used: set[str] = field(default_factory=set)

    def get(self, key: str, read: Callable[[str], T], default: T) -> T:
        text = self.file.get(self.name, key)
        self.used.add(key)
        if text is None:
            return default
        try:
            if self.file.is_yaml and text.endswith(";"):
                raise ValueError(f"'{text}': {AFTER}")
            return read(text)
        except ValueError as error:
            self.problem(key, f"{key}: {error}")
            return default

    def required(self, key: str, read: Callable[[str], T], default: T) -> T:
        if self.file.get(self.name, key) is None:
            self.problem(key, f"[{self.name}] has no {key}, which nvdsanalytics insists on")
        return self.get(key, read, default)

    def labelled(self, prefix: str) -> list[tuple[str, str]]:
        """Label and key of every ``prefixLABEL=``; a group without one is refused."""
        keys = [key for key in self.file.sections[self.name] if key.startswith(prefix)]
        if not keys:
            self.problem(None, f"[{self.name}] has no {prefix}LABEL")
        return [(key[len(prefix) :], key) for key in keys]

    def problem(self, key: str | None, message: str) -> None:
        self.problems.append(Problem(self.file.where(self.name, key), message))

    def unknown(self) -> Iterator[Problem]:
        for key in self.file.sections[self.name]:
            if key not in self.used:
                yield Problem(self.file.where(self.name, key), f"{key}: no key of [{self.name}]")


class _Reader:
    def __init__(self, file: SettingsFile) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.found: dict[int, dict[str, list[Any]]] = {}

    def settings(self) -> AnalyticsSettings:
        if PROPERTY not in self.file.sections:
            self.problems.append(Problem(str(self.file.path), f"has no group [{PROPERTY}]"))
            return AnalyticsSettings(True, 1, 1)
        values = self._property()
        for name in self.file.sections:
            if name != PROPERTY:
                self._rules(name)
        streams = {
            stream: StreamRules(**{kind: tuple(rules) for kind, rules in found.items()})
            for stream, found in self.found.items()
        }
        return AnalyticsSettings(**values, streams=streams, notes=tuple(self.notes))

    def _property(self) -> dict[str, Any]:
        group = _Group(self.file, PROPERTY, self.problems)
        values = {
            "enable": group.required("enable", boolean, True),
            "width": group.required("config-width", integer(1), 1),
            "height": group.required("config-height", integer(1), 1),
            "font_size": group.get("display-font-size", integer(0), 12) or 12,
            "osd_mode": group.get("osd-mode", integer(0, 2), 2),
            "display_obj_cnt": group.get("display-obj-cnt", boolean, False),
            "count_window_ms": group.get("obj-cnt-win-in-ms", integer(1, 10**9), 50),
        }
        self.notes += group.unknown()
        return values

    def _rules(self, name: str) -> None:
        kind = next((one for one, (prefix, _) in _KINDS.items() if name.startswith(prefix)), None)
        if kind is None:
            self.notes.append(Problem(self.file.where(name), f"[{name}] is no group of analytics"))
            return
        prefix, build = _KINDS[kind]
        group = _Group(self.file, name, self.problems)
        number = re.fullmatch("[0-9]+", name[len(prefix) :])
        if not number:
            group.problem(None, f"[{name}]: {prefix}N wants the number of a stream")
            return
        enabled = group.get("enable", boolean, False)
        rules = build(self, group)
        self.notes += group.unknown()
        if enabled:
            stream = self.found.setdefault(int(number[0]), {})
            stream.setdefault(kind, []).extend(rules)

    def regions(self, group: _Group) -> list[Region]:
        inverse = group.get("inverse-roi", boolean, False)
        return [
            Region(label, _classes(group), points, inverse) for label, points in _polygons(group)
        ]

    def crowds(self, group: _Group) -> list[Crowd]:
        limit = group.get("object-threshold", integer(0), 1)
        if group.get("time-threshold", integer(0), -1) >= 0:
            where = self.file.where(group.name, "time-threshold")
            self.notes.append(Problem(where, f"time-threshold: {TIME_NOTE}"))
        return [Crowd(label, _classes(group), points, limit) for label, points in _polygons(group)]

    def lines(self, group: _Group) -> list[Line]:
        extended = group.get("extended", boolean, True)
        mode = self._mode(group, "loose")
        return [
            Line(
                label,
                _classes(group),
                (points[0], points[1]),
                (points[2], points[3]),
                extended,
                mode,
            )
            for label, points in self._arrows(group, "line-crossing-", 4)
        ]

    def directions(self, group: _Group) -> list[Direction]:
        self._mode(group, "balanced")  # read by DeepStream, and without effect there
        return [
            Direction(label, _classes(group), (points[0], points[1]))
            for label, points in self._arrows(group, "direction-", 2)
        ]

    def _mode(self, group: _Group, default: Mode) -> Mode:
        text = group.get("mode", str, str(default))
        if text not in MODES:
            where = self.file.where(group.name, "mode")
            self.notes.append(Problem(where, f"mode: '{text}' is taken as {default}"))
        return MODES.get(text, default)

    def _arrows(
        self, group: _Group, prefix: str, count: int
    ) -> Iterator[tuple[str, tuple[Point, ...]]]:
        """Label and ``count`` points; an arrow or line without length can never be followed."""
        for label, key in group.labelled(prefix):
            points = group.get(key, _points(count), NOWHERE)
            if not points:
                continue
            if any(points[at] == points[at + 1] for at in range(0, count, 2)):
                where = self.file.where(group.name, key)
                self.notes.append(Problem(where, f"{key}: two equal points, nothing ever counts"))
            yield label, points


def _polygons(group: _Group) -> Iterator[tuple[str, tuple[Point, ...]]]:
    for label, key in group.labelled("roi-"):
        points = group.get(key, _polygon, NOWHERE)
        if points:
            yield label, points


def _classes(group: _Group) -> tuple[int, ...]:
    return group.get("class-id", listed(integer()), ())


def _polygon(text: str) -> tuple[Point, ...]:
    values = listed(integer(0))(text)
    if len(values) % 2 or len(values) < 6:
        raise ValueError(f"'{text}' has {len(values)} values: a polygon is x;y of three or more")
    return tuple(zip(values[::2], values[1::2], strict=True))


def _points(count: int) -> Callable[[str], tuple[Point, ...]]:
    def read(text: str) -> tuple[Point, ...]:
        values = listed(integer(0))(text)
        if len(values) < 2 * count:
            raise ValueError(f"'{text}' has {len(values)} values, not {2 * count}")
        return tuple(zip(values[: 2 * count : 2], values[1 : 2 * count : 2], strict=True))

    return read


_KINDS: dict[str, tuple[str, Callable[[_Reader, _Group], list[Any]]]] = {
    "regions": ("roi-filtering-stream-", _Reader.regions),
    "crowds": ("overcrowding-stream-", _Reader.crowds),
    "lines": ("line-crossing-stream-", _Reader.lines),
    "directions": ("direction-detection-stream-", _Reader.directions),
}
