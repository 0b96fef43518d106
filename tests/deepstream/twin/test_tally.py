from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("gstreamer")


def test_a_stream_is_counted_over_all_its_frames() -> None:
    from deepstream.twin.tally import Noted, Tally

    tally = Tally()
    tally.note([Noted("car", 4, ("light",)), Noted("bus", 7)], {"In": 0, "Out": 0})
    tally.note([Noted("car", 4, ("light", "red")), Noted("car")], {"In": 2, "Out": 0})
    tally.note([])
    report = tally.report()
    assert report.objects == {"bus": 1, "car": 3}
    assert report.tracks == 2
    assert report.names == {"light": 2, "red": 1}
    assert report.crossed == {"In": 2, "Out": 0}
