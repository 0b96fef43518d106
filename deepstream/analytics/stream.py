"""The analytics of one stream: objects of a frame in, findings for each and for the frame out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from deepstream.analytics.counts import SmoothCounts
from deepstream.analytics.lines import DIRECTION, LineWatch, follows, unit
from deepstream.analytics.regions import inside
from deepstream.analytics.rules import AnalyticsSettings, Point, Rule, StreamRules
from deepstream.analytics.trace import Box, Trace
from train2edge.detections import UNTRACKED

_R = TypeVar("_R", bound=Rule)
FORGET_MS = 300  # an object that is not seen for longer is a new one


@dataclass(frozen=True)
class Seen:
    """An object of a frame, in whole pixels of that frame."""

    object_id: int
    class_id: int
    left: int
    top: int
    width: int
    height: int

    @property
    def box(self) -> Box:
        return Box(
            self.left + self.width // 2, self.top + self.height // 2, self.width, self.height
        )


@dataclass
class ObjectFindings:
    """Labels of what an object is in, crosses or follows; ``status``: all of it as one text."""

    regions: list[str] = field(default_factory=list)
    crowds: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    direction: str = ""
    status: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything to tell: DeepStream attaches metadata only then."""
        return bool(self.status or self.crowds)


@dataclass
class FrameFindings:
    """``objects`` in the order they came; everything else by label, ``counts`` by class."""

    objects: list[ObjectFindings]
    in_region: dict[str, int]
    crossed_now: dict[str, int]
    crossed_ever: dict[str, int]
    crowded: dict[str, bool]
    counts: dict[int, int]


class StreamAnalytics:
    """Follows one stream. ``warn`` is told when a rule is given up because nothing is tracked."""

    def __init__(
        self,
        settings: AnalyticsSettings,
        stream: int,
        size: tuple[int, int],
        warn: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """``size``: width and height of the stream's frames."""
        scale = size[0] / np.float32(settings.width), size[1] / np.float32(settings.height)
        self.rules = scaled(settings.of(stream), (np.float32(scale[0]), np.float32(scale[1])))
        self.watches = [LineWatch(line) for line in self.rules.lines]
        self.traces: dict[int, Trace] = {}
        self.crossed: Counter[str] = Counter()
        self.counts = SmoothCounts(settings.count_window_ms)
        # libnvds_dsanalytics is given the window as the length of a trace as well.
        self.length = settings.count_window_ms
        self.given_up: set[Rule] = set()
        self.warn = warn

    def frame(self, pts: int, objects: Sequence[Seen]) -> FrameFindings:
        """Take the objects of the next frame, ``pts`` in nanoseconds."""
        self._forget(pts)
        found = FrameFindings(
            [],
            {rule.label: 0 for rule in (*self.rules.regions, *self.rules.crowds)},
            {rule.label: 0 for rule in self.rules.lines},
            {},
            {rule.label: False for rule in self.rules.crowds},
            {},
        )
        crowds: Counter[str] = Counter()
        for seen in objects:
            found.objects.append(self._object(seen, pts, found, crowds))
        found.in_region.update(crowds)
        found.crossed_ever = {rule.label: self.crossed[rule.label] for rule in self.rules.lines}
        found.counts = self.counts.update(Counter(one.class_id for one in objects), pts)
        return found

    def _forget(self, pts: int) -> None:
        old = [one for one, trace in self.traces.items() if (pts - trace.seen) / 1e6 > FORGET_MS]
        for one in old:
            del self.traces[one]

    def _object(
        self, seen: Seen, pts: int, found: FrameFindings, crowds: Counter[str]
    ) -> ObjectFindings:
        if seen.object_id not in self.traces:
            self.traces[seen.object_id] = Trace(self.length)
        trace, now = self.traces[seen.object_id], seen.box
        trace.add(now, pts)
        mine = ObjectFindings()
        self._places(seen, (now.x, now.y + trace.half_height), mine, found, crowds)
        if self.rules.directions or self.watches:
            before = trace.earlier
            self._directions(seen, trace, (before, now), mine)
            self._lines(seen, trace, (before, now), mine, found)
        return mine

    def _places(
        self,
        seen: Seen,
        foot: Point,
        mine: ObjectFindings,
        found: FrameFindings,
        crowds: Counter[str],
    ) -> None:
        x, y = foot
        for region in self.rules.regions:
            if region.watches(seen.class_id) and inside(region.points, x, y) != region.inverse:
                mine.regions.append(region.label)
                mine.status += f" ROI:{region.label}"
                found.in_region[region.label] += 1
        for crowd in self.rules.crowds:
            if crowd.watches(seen.class_id) and inside(crowd.points, x, y):
                mine.crowds.append(crowd.label)
                crowds[crowd.label] += 1
                if crowds[crowd.label] >= crowd.object_threshold:
                    found.crowded[crowd.label] = True

    def _directions(
        self, seen: Seen, trace: Trace, way: tuple[Box, Box], mine: ObjectFindings
    ) -> None:
        before, now = way
        half = trace.half_height
        moved = (now.x - before.x) ** 2 + (now.bottom - before.bottom) ** 2
        for rule in self._tracked(self.rules.directions, seen):
            if trace.stopped:
                mine.status += " STOPPED "
                return
            if moved <= DIRECTION.moved or trace.count <= DIRECTION.frames:
                continue
            start, end = (before.x, before.y + half), (now.x, now.y + half)
            if follows(unit(*rule.arrow), start, end, DIRECTION.likeness):
                mine.direction += f" DIR:{rule.label} "
                mine.status += f" DIR:{rule.label} "

    def _lines(
        self,
        seen: Seen,
        trace: Trace,
        way: tuple[Box, Box],
        mine: ObjectFindings,
        found: FrameFindings,
    ) -> None:
        for watch in self.watches:
            label = watch.rule.label
            if label in trace.crossed or not any(self._tracked((watch.rule,), seen)):
                continue
            if watch.crossed(trace, *way):
                trace.crossed.add(label)
                self.crossed[label] += 1
                found.crossed_now[label] += 1
                mine.lines.append(label)
                mine.status += f" LC:{label} "

    def _tracked(self, rules: Sequence[_R], seen: Seen) -> Iterator[_R]:
        """The rules for this object; the first without a number ends a rule for good."""
        for rule in rules:
            if rule in self.given_up or not rule.watches(seen.class_id):
                continue
            if seen.object_id == UNTRACKED:
                self.given_up.add(rule)
                self.warn(f"'{rule.label}' is given up: it needs nvtracker before nvdsanalytics")
            yield rule


def scaled(rules: StreamRules, by: tuple[np.float32, np.float32]) -> StreamRules:
    """The rules in the pixels of a frame; fractions of a pixel are cut off."""

    def point(one: Point) -> Point:
        return int(np.float32(one[0]) * by[0]), int(np.float32(one[1]) * by[1])

    def pair(two: tuple[Point, Point]) -> tuple[Point, Point]:
        return point(two[0]), point(two[1])

    return StreamRules(
        tuple(replace(one, points=tuple(map(point, one.points))) for one in rules.regions),
        tuple(replace(one, points=tuple(map(point, one.points))) for one in rules.crowds),
        tuple(replace(one, arrow=pair(one.arrow), ends=pair(one.ends)) for one in rules.lines),
        tuple(replace(one, arrow=pair(one.arrow)) for one in rules.directions),
    )
