from __future__ import annotations

from deepstream.analytics.overlays import Caption, Stroke, overlays
from deepstream.analytics.rules import Crowd, Line, Region, StreamRules
from deepstream.analytics.stream import FrameFindings

SQUARE = ((10, 20), (30, 25), (30, 40), (10, 40))
RULES = StreamRules(
    regions=(Region("R", (), SQUARE),),
    crowds=(Crowd("OC", (), SQUARE),),
    lines=(Line("In", (), ((0, 0), (0, 100)), ((0, 50), (90, 50))),),
)
FOUND = FrameFindings([], {"R": 3, "OC": 2}, {"In": 1}, {"In": 7}, {"OC": True}, {0: 4, 2: 1})


def captions(osd_mode: int, **more: bool) -> list[tuple[str, tuple[int, int]]]:
    drawn = overlays(RULES, FOUND, osd_mode, **more)
    return [(one.text, one.place) for one in drawn if isinstance(one, Caption)]


def test_captions_tell_labels_or_counts_as_well() -> None:
    assert captions(1) == [("R", (10, 25)), ("OC", (10, 25)), ("In", (90, 50))]
    assert captions(2) == [
        ("R=3", (10, 25)),
        ("OC OverCrowding=True, Count=2", (10, 25)),
        ("In=7", (90, 50)),
    ]
    assert captions(0) == []
    assert captions(0, object_counts=True) == [("Count for ClassId0=4 ClassId2=1", (5, 5))]


def test_polygons_are_closed_and_arrows_have_heads() -> None:
    strokes = [one for one in overlays(RULES, FOUND, 1) if isinstance(one, Stroke)]
    assert [(one.start, one.end) for one in strokes[:4]] == [
        ((10, 20), (30, 25)),
        ((30, 25), (30, 40)),
        ((30, 40), (10, 40)),
        ((10, 40), (10, 20)),
    ]
    shaft, left, right, line = strokes[8:]
    assert (shaft.end, left.end, right.end) == ((0, 100),) * 3
    assert left.start == (-3, 85)
    assert right.start == (3, 85)
    assert (line.start, line.end) == ((0, 50), (90, 50))
