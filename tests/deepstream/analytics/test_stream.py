from __future__ import annotations

from dataclasses import replace

import pytest

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
from deepstream.analytics.stream import FrameFindings, Seen, StreamAnalytics
from train2edge.detections import UNTRACKED

SIZE = (400, 400)
SQUARE: tuple[Point, ...] = ((100, 100), (300, 100), (300, 300), (100, 300))
DOWN = ((200, 50), (200, 350))
MIDDLE = ((100, 200), (300, 200))
MS = 1_000_000


def analytics(rules: StreamRules, **changes: object) -> StreamAnalytics:
    settings = AnalyticsSettings(True, *SIZE, streams={0: rules})
    return StreamAnalytics(replace(settings, **changes), 0, SIZE)  # type: ignore[arg-type]


def foot(x: int, y: int, number: int = 1, class_id: int = 0) -> Seen:
    """An object 20 wide and 40 high that stands on ``x, y``."""
    return Seen(number, class_id, x - 10, y - 40, 20, 40)


def walk(
    stream: StreamAnalytics, places: list[tuple[int, int]], number: int = 1
) -> list[FrameFindings]:
    return [stream.frame(t * 33 * MS, [foot(x, y, number)]) for t, (x, y) in enumerate(places)]


def crossings(line: Line, places: list[tuple[int, int]]) -> int:
    return walk(analytics(StreamRules(lines=(line,))), places)[-1].crossed_ever[line.label]


def down(x: int = 200, step: int = 8, start: int = 100, count: int = 26) -> list[tuple[int, int]]:
    return [(x, start + step * t) for t in range(count)]


def up(x: int = 200, step: int = 8) -> list[tuple[int, int]]:
    return [(x, 300 - step * t) for t in range(26)]


def test_the_foot_of_an_object_decides_whether_it_is_in_a_region() -> None:
    stream = analytics(StreamRules(regions=(Region("R", (), SQUARE),)))
    above = stream.frame(0, [foot(200, 99, 1), foot(200, 101, 2), foot(301, 200, 3)])
    assert [one.regions for one in above.objects] == [[], ["R"], []]
    assert above.in_region == {"R": 1}
    assert [one.status for one in above.objects] == ["", " ROI:R", ""]


def test_an_inverse_region_tells_of_those_outside() -> None:
    stream = analytics(StreamRules(regions=(Region("R", (), SQUARE, inverse=True),)))
    found = stream.frame(0, [foot(200, 50, 1), foot(200, 200, 2)])
    assert [one.regions for one in found.objects] == [["R"], []]


def test_a_rule_watches_its_classes_alone() -> None:
    rules = StreamRules(
        regions=(
            Region("some", (0, 2), SQUARE),
            Region("all", (-1,), SQUARE),
            Region("any", (), SQUARE),
        )
    )
    found = analytics(rules).frame(0, [foot(200, 200, one, one) for one in range(3)])
    assert found.in_region == {"some": 2, "all": 3, "any": 3}


def test_a_crowd_is_as_many_objects_as_the_threshold() -> None:
    stream = analytics(StreamRules(crowds=(Crowd("OC", (), SQUARE, 2),)))
    one = stream.frame(0, [foot(200, 200)])
    assert (one.crowded, one.in_region) == ({"OC": False}, {"OC": 1})
    two = stream.frame(0, [foot(200, 200, 1), foot(150, 150, 2), foot(20, 200, 3)])
    assert (two.crowded, two.in_region) == ({"OC": True}, {"OC": 2})
    assert [found.crowds for found in two.objects] == [["OC"], ["OC"], []]


def test_an_object_crosses_a_line_once_and_is_counted_for_good() -> None:
    found = walk(analytics(StreamRules(lines=(Line("In", (), DOWN, MIDDLE),))), down())
    now = [frame.crossed_now["In"] for frame in found]
    assert sum(now) == 1
    at = now.index(1)
    # The foot has to be on or past the line while the beginning of the trace was before it.
    assert 100 + 8 * at >= 200 > 100 + 8 * (at - 1)
    assert found[at].objects[0].lines == ["In"]
    assert "LC:In" in found[at].objects[0].status
    assert [frame.crossed_ever["In"] for frame in found[at - 1 : at + 1]] == [0, 1]
    assert found[-1].crossed_ever == {"In": 1}


@pytest.mark.parametrize("mode", ["loose", "balanced", "strict"])
def test_the_other_way_does_not_count(mode: Mode) -> None:
    line = Line("In", (), DOWN, MIDDLE, mode=mode)
    assert (crossings(line, down()), crossings(line, up())) == (1, 0)


def test_modes_differ_in_how_well_the_direction_is_kept() -> None:
    """A way at 75 degrees to the arrow: loose takes it, balanced (60) and strict (37) do not."""
    flat = [(20 + 12 * t, 160 + 3 * t) for t in range(28)]
    half = [(100 + 8 * t, 130 + 6 * t) for t in range(28)]  # at 53 degrees
    wide = Line("In", (), DOWN, MIDDLE)
    assert [crossings(replace(wide, mode=mode), flat) for mode in _modes()] == [1, 0, 0]
    assert [crossings(replace(wide, mode=mode), half) for mode in _modes()] == [1, 1, 0]


def _modes() -> tuple[Mode, ...]:
    return "loose", "balanced", "strict"


def test_modes_differ_in_how_soon_they_count() -> None:
    quick = down(step=20, count=12)
    line = Line("In", (), DOWN, MIDDLE)
    assert [crossings(replace(line, mode=mode), quick) for mode in _modes()] == [1, 1, 0]


def test_a_line_that_is_not_extended_ends_where_it_ends() -> None:
    beside = down(x=340)
    line = Line("In", (), DOWN, MIDDLE)
    assert crossings(line, beside) == 1
    assert crossings(replace(line, extended=False), beside) == 0
    assert crossings(replace(line, extended=False), down()) == 1
    touching = down(x=305)  # a lower corner, 10 to the left, passes the end
    assert crossings(replace(line, extended=False), touching) == 1


def test_an_object_that_was_away_counts_as_new() -> None:
    stream = analytics(StreamRules(lines=(Line("In", (), DOWN, MIDDLE),)))
    walk(stream, down())
    again = [stream.frame((2000 + 33 * t) * MS, [foot(*place)]) for t, place in enumerate(down())]
    assert again[-1].crossed_ever == {"In": 2}


def test_a_direction_is_told_while_it_is_followed() -> None:
    rules = StreamRules(
        directions=(Direction("South", (), DOWN), Direction("North", (), (DOWN[1], DOWN[0])))
    )
    found = walk(analytics(rules), down())
    assert found[-1].objects[0].direction == " DIR:South "
    assert found[9].objects[0].direction == ""  # not seen in more than ten frames


def test_an_object_that_stands_still_is_stopped() -> None:
    rules = StreamRules(directions=(Direction("South", (), DOWN),))
    found = walk(analytics(rules), [(200, 200)] * 52)
    assert [frame.objects[0].status for frame in found[48:51]] == ["", "", " STOPPED "]


def test_without_a_tracker_lines_are_given_up_and_it_is_said() -> None:
    said: list[str] = []
    settings = AnalyticsSettings(
        True, *SIZE, streams={0: StreamRules(lines=(Line("In", (), DOWN, MIDDLE),))}
    )
    stream = StreamAnalytics(settings, 0, SIZE, said.append)
    found = walk(stream, down(), UNTRACKED)
    assert found[-1].crossed_ever == {"In": 0}
    assert len(said) == 1
    assert "nvtracker" in said[0]


def test_rules_are_scaled_to_the_frame() -> None:
    settings = AnalyticsSettings(
        True, 800, 200, streams={0: StreamRules(regions=(Region("R", (), SQUARE),))}
    )
    rules = StreamAnalytics(settings, 0, SIZE).rules
    assert rules.regions[0].points == ((50, 200), (150, 200), (150, 600), (50, 600))


def test_objects_are_counted_per_class_and_short_errors_are_smoothed_away() -> None:
    stream = analytics(StreamRules(), count_window_ms=200)
    pair = [foot(200, 200, 1), foot(100, 200, 2)]
    counts = [stream.frame(t * 33 * MS, pair[:1] if t == 4 else pair).counts[0] for t in range(6)]
    assert counts == [2] * 6
    gone = [stream.frame((6 + t) * 33 * MS, []).counts[0] for t in range(8)]
    assert gone[0] == 2
    assert gone[-1] == 0
