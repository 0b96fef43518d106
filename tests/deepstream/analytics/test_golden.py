"""Scenes, and what NVIDIA's own code says of them (nvds_analytics.cpp of DeepStream 9.1).

An object is its number, class, left, top, width and height. What was found of it: status |
direction | regions | crowds | lines. Of the frame: objects in each region | overcrowded:objects |
crossed now:ever | counts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deepstream.analytics.rules import (
    AnalyticsSettings,
    Crowd,
    Direction,
    Line,
    Region,
    StreamRules,
)
from deepstream.analytics.stream import FrameFindings, ObjectFindings, Seen, StreamAnalytics

SCENES = json.loads((Path(__file__).parent / "golden.json").read_text())


def points(values: list[int]) -> tuple[tuple[int, int], ...]:
    return tuple(zip(values[::2], values[1::2], strict=True))


def pair(values: list[int]) -> tuple[tuple[int, int], tuple[int, int]]:
    first, second = points(values)
    return first, second


def rules(scene: dict[str, Any]) -> StreamRules:
    return StreamRules(
        tuple(Region(one[0], tuple(one[3]), points(one[2]), one[1]) for one in scene["regions"]),
        tuple(Crowd(one[0], tuple(one[3]), points(one[2]), one[1]) for one in scene["crowds"]),
        tuple(
            Line(one[0], tuple(one[5]), pair(one[3]), pair(one[4]), one[1], one[2])
            for one in scene["lines"]
        ),
        tuple(Direction(one[0], tuple(one[2]), pair(one[1])) for one in scene["directions"]),
    )


def listed(labels: list[str]) -> str:
    return "".join(f"{label}," for label in labels)


def told(one: ObjectFindings) -> str:
    return "|".join(
        (one.status, one.direction, listed(one.regions), listed(one.crowds), listed(one.lines))
    )


def told_of_frame(found: FrameFindings, rules: StreamRules) -> str:
    crowds = [f"{int(found.crowded[x.label])}:{found.in_region[x.label]}" for x in rules.crowds]
    lines = [f"{found.crossed_now[x.label]}:{found.crossed_ever[x.label]}" for x in rules.lines]
    counts = [f"{one}={count}" for one, count in sorted(found.counts.items())]
    regions = [str(found.in_region[one.label]) for one in rules.regions]
    return "|".join(map(listed, (regions, crowds, lines, counts)))


@pytest.mark.parametrize("scene", SCENES)
def test_every_frame_is_told_of_as_nvidias_code_does(scene: dict[str, Any]) -> None:
    width, height = scene["config"]
    settings = AnalyticsSettings(
        True, width, height, count_window_ms=scene["window"], streams={0: rules(scene)}
    )
    stream = StreamAnalytics(settings, 0, tuple(scene["size"]))
    for frame in scene["frames"]:
        found = stream.frame(frame["ms"] * 1_000_000, [Seen(*one) for one in frame["objects"]])
        assert [told(one) for one in found.objects] == frame["found"], frame["ms"]
        assert told_of_frame(found, stream.rules) == frame["frame"], frame["ms"]
