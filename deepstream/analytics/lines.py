"""When an object crosses a line, and when it follows a direction.

The rules are libnvds_dsanalytics' (DeepStream 9.1), thresholds and rounding included. A place is
the middle of a box's lower edge; it is compared with the place at the beginning of the trace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from deepstream.analytics.rules import Line, Point
from deepstream.analytics.trace import Box, Trace

Vector = tuple[float, float]


class Equation(NamedTuple):
    """a x + b y + c = 0 with a² + b² = 1: what is left over is the distance, with its side."""

    a: float
    b: float
    c: float

    def at(self, x: float, y: float) -> float:
        return self.a * x + self.b * y + self.c


@dataclass(frozen=True)
class Demand:
    """What a mode asks for: pixels moved (squared), likeness of direction, frames seen before."""

    moved: int
    likeness: float
    frames: int


# Likeness is kept in single precision there and compared in double.
MODES = {
    "loose": Demand(1000, float(np.float32(0.1)), 3),
    "balanced": Demand(3000, float(np.float32(0.5)), 10),
    "strict": Demand(6000, float(np.float32(0.8)), 20),
}
DIRECTION = MODES["balanced"]
POS_TO_NEG, NEG_TO_POS = -1, 1
AHEAD = 0.99  # cosine above which a point counts as straight before the line


def equation(first: tuple[float, float], second: tuple[float, float]) -> Equation | None:
    """The line through two points; ``None`` if they are one."""
    (x1, y1), (x2, y2) = first, second
    length = math.hypot(y1 - y2, x2 - x1)
    if not length:
        return None
    return Equation((y1 - y2) / length, (x2 - x1) / length, (x1 * y2 - x2 * y1) / length)


def meeting(first: Equation, second: Equation) -> Vector | None:
    """Where two lines meet; ``None`` for lines that are as good as parallel."""
    det = first.a * second.b - first.b * second.a
    if abs(det) < 1e-5:
        return None
    x = (first.b * second.c - first.c * second.b) / det
    return x, (first.c * second.a - first.a * second.c) / det


def unit(start: tuple[float, float], end: tuple[float, float]) -> Vector:
    x, y = end[0] - start[0], end[1] - start[1]
    length = math.hypot(x, y)
    return (x / length, y / length) if length >= 1e-9 else (0.0, 0.0)


def follows(direction: Vector, before: Point, now: Point, likeness: float) -> bool:
    """Whether the way from ``before`` to ``now`` goes along ``direction``, a unit vector."""
    x, y = now[0] - before[0], now[1] - before[1]
    if x == 0 and y == 0:
        return False
    return (direction[0] * x + direction[1] * y) / math.hypot(x, y) >= likeness


class LineWatch:
    """One line in the pixels of a frame."""

    def __init__(self, rule: Line) -> None:
        self.rule = rule
        self.demand = MODES[rule.mode]
        self.direction = unit(*rule.arrow)
        self.line = equation(*rule.ends)
        self.side = self._side()

    def _side(self) -> int | None:
        """From which side of the line to which the arrow goes; ``None`` if it does not say."""
        arrow = equation(*self.rule.arrow)
        if arrow is None or self.line is None:
            return None
        crossing = meeting(arrow, self.line)
        if crossing is None:
            return None
        for point, least in zip(self.rule.arrow, (1e-5, 0.0), strict=True):
            ahead = _dot(unit(point, crossing), self.direction)
            value = self.line.at(*point)
            if abs(ahead) > AHEAD and value != least:
                return POS_TO_NEG if (ahead > 0) == (value > least) else NEG_TO_POS
        return None

    def crossed(self, trace: Trace, before: Box, now: Box) -> bool:
        """Whether the object of ``trace`` has crossed the line on its way to ``now``."""
        moved = (now.x - before.x) ** 2 + (now.bottom - before.bottom) ** 2
        if self.line is None or moved <= self.demand.moved or trace.count <= self.demand.frames:
            return False
        over = self._along(trace, before, now)
        return over and (self.rule.extended or self._between_ends(trace, before, now))

    def _along(self, trace: Trace, before: Box, now: Box) -> bool:
        assert self.line is not None
        half = trace.mean_height / np.float32(2)
        if self.side is not None and self.rule.mode == "loose":
            was, is_now = (
                self.line.at(before.x, before.y + float(half)),
                self.line.at(now.x, now.bottom),
            )
            if self.side == NEG_TO_POS:
                return was < 0 <= is_now
            return was > 0 >= is_now
        start, end = (before.x, before.y + trace.half_height), (now.x, now.bottom)
        if not follows(self.direction, start, end, self.demand.likeness):
            return False
        # Distances lose their fraction: a pixel on either side is still on the line.
        return int(self.line.at(*start)) * int(self.line.at(*end)) < 0

    def _between_ends(self, trace: Trace, before: Box, now: Box) -> bool:
        """Whether the way of the foot, or of a lower corner, meets the line between its ends."""
        below, bottom = before.y + float(trace.mean_height) / 2, now.y + now.height / 2
        return any(
            self._meets(
                (before.x + side * (before.width // 2), below),
                (now.x + side * (now.width // 2), bottom),
            )
            for side in (0, 1, -1)
        )

    def _meets(self, before: Vector, now: Vector) -> bool:
        way = equation(before, now)
        assert self.line is not None
        crossing = meeting(way, self.line) if way else None
        if crossing is None:
            return False
        (x1, y1), (x2, y2) = self.rule.ends
        reach, whole = (crossing[0] - x1, crossing[1] - y1), (x2 - x1, y2 - y1)
        return _dot(reach, whole) > 0 and _dot(whole, whole) > _dot(reach, reach)


def _dot(first: tuple[float, float], second: tuple[float, float]) -> float:
    return first[0] * second[0] + first[1] * second[1]
