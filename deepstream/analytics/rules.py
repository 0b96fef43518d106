"""What nvdsanalytics is told to look for, stream by stream, in pixels of the configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from train2edge.errors import Problem

Point = tuple[int, int]
Mode = Literal["loose", "balanced", "strict"]
ALL_CLASSES = -1


@dataclass(frozen=True)
class Rule:
    """``class_ids``: none, or -1 among them, means every class."""

    label: str
    class_ids: tuple[int, ...]

    def watches(self, class_id: int) -> bool:
        ids = self.class_ids
        return not ids or ALL_CLASSES in ids or class_id in ids


@dataclass(frozen=True)
class Region(Rule):
    """``roi-LABEL`` of roi-filtering: a polygon; ``inverse``: what is outside of it counts."""

    points: tuple[Point, ...]
    inverse: bool = False


@dataclass(frozen=True)
class Crowd(Rule):
    """``roi-LABEL`` of overcrowding: a polygon and the number of objects that is too many."""

    points: tuple[Point, ...]
    object_threshold: int = 1


@dataclass(frozen=True)
class Line(Rule):
    """``line-crossing-LABEL``: an arrow that gives the direction, and the line's two ends.

    ``extended``: the line goes on beyond its ends.
    """

    arrow: tuple[Point, Point]
    ends: tuple[Point, Point]
    extended: bool = True
    mode: Mode = "loose"


@dataclass(frozen=True)
class Direction(Rule):
    """``direction-LABEL``: an arrow."""

    arrow: tuple[Point, Point]


@dataclass(frozen=True)
class StreamRules:
    """The enabled rules of one stream, in the order of the file."""

    regions: tuple[Region, ...] = ()
    crowds: tuple[Crowd, ...] = ()
    lines: tuple[Line, ...] = ()
    directions: tuple[Direction, ...] = ()


@dataclass(frozen=True)
class AnalyticsSettings:
    """A configuration of nvdsanalytics; ``width`` x ``height`` is what its pixels refer to.

    ``osd_mode`` 0 draws nothing, 1 the figures and their labels, 2 counts and states as well.
    ``count_window_ms``: over how long the objects of a class are counted. ``notes``: what is read
    and has no effect, for the user to know.
    """

    enable: bool
    width: int
    height: int
    font_size: int = 12
    osd_mode: int = 2
    display_obj_cnt: bool = False
    count_window_ms: int = 50
    streams: dict[int, StreamRules] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()

    def of(self, stream: int) -> StreamRules:
        return self.streams.get(stream, StreamRules())
