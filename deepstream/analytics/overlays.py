"""What nvdsanalytics draws: polygons, lines with their arrows, labels with counts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deepstream.analytics.rules import Crowd, Direction, Line, Point, Region, StreamRules
from deepstream.analytics.stream import FrameFindings

Color = tuple[float, float, float, float]
REGION: Color = (1.0, 1.0, 0.0, 1.0)
CROWD: Color = (1.0, 0.5, 0.0, 1.0)
DIRECTION: Color = (1.0, 0.0, 0.0, 1.0)
LINE: Color = (0.0, 1.0, 0.0, 1.0)
ARROW = math.radians(15)  # between the shaft of an arrow and a side of its head
HEAD = 0.15  # of the arrow's length


@dataclass(frozen=True)
class Stroke:
    """A line of two pixels' width from one point to another."""

    start: Point
    end: Point
    color: Color


@dataclass(frozen=True)
class Caption:
    """A text on black; ``place`` is its upper left corner."""

    text: str
    place: Point
    color: Color


Overlay = Stroke | Caption


def overlays(
    rules: StreamRules, found: FrameFindings, osd_mode: int, *, object_counts: bool = False
) -> Iterator[Overlay]:
    """Everything to be drawn into a frame, in DeepStream's order; ``osd_mode`` 0: but the counts.

    ``object_counts``: the number of objects of each class in the upper left corner.
    """
    if object_counts:
        shown = "".join(f" ClassId{one}={found.counts[one]}" for one in sorted(found.counts))
        yield Caption(f"Count for{shown}", (5, 5), REGION)
    if not osd_mode:
        return
    full = osd_mode == 2
    for region in rules.regions:
        yield from _region(region, found, full)
    for crowd in rules.crowds:
        yield from _crowd(crowd, found, full)
    for direction in rules.directions:
        yield from _direction(direction)
    for line in rules.lines:
        yield from _line(line, found, full)


def _region(rule: Region, found: FrameFindings, full: bool) -> Iterator[Overlay]:
    text = f"{rule.label}={found.in_region[rule.label]}" if full else rule.label
    yield Caption(text, (rule.points[0][0], rule.points[1][1]), REGION)
    yield from _polygon(rule.points, REGION)


def _crowd(rule: Crowd, found: FrameFindings, full: bool) -> Iterator[Overlay]:
    state = f" OverCrowding={found.crowded[rule.label]}, Count={found.in_region[rule.label]}"
    text = rule.label + state if full else rule.label
    yield Caption(text, (rule.points[0][0], rule.points[1][1]), CROWD)
    yield from _polygon(rule.points, CROWD)


def _direction(rule: Direction) -> Iterator[Overlay]:
    yield Caption(rule.label, rule.arrow[0], DIRECTION)
    yield from _arrow(rule.arrow, DIRECTION)


def _line(rule: Line, found: FrameFindings, full: bool) -> Iterator[Overlay]:
    text = f"{rule.label}={found.crossed_ever[rule.label]}" if full else rule.label
    yield Caption(text, rule.ends[1], LINE)
    yield from _arrow(rule.arrow, LINE)
    yield Stroke(*rule.ends, LINE)


def _polygon(points: Sequence[Point], color: Color) -> Iterator[Stroke]:
    for start, end in zip(points, (*points[1:], points[0]), strict=True):
        yield Stroke(start, end, color)


def _arrow(arrow: tuple[Point, Point], color: Color) -> Iterator[Stroke]:
    (x1, y1), (x2, y2) = arrow
    yield Stroke(*arrow, color)
    back, up, turn = x1 - x2, y1 - y2, (math.cos(ARROW), math.sin(ARROW))
    for side in (1, -1):
        x = x2 + HEAD * (back * turn[0] + side * up * turn[1])
        y = y2 + HEAD * (up * turn[0] - side * back * turn[1])
        yield Stroke((int(x), int(y)), (x2, y2), color)
