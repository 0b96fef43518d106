from __future__ import annotations

import pytest

from deepstream.twin.source.sensors import Refused, Sensors, of_lists


def test_numbers_go_round_before_one_is_given_anew() -> None:
    sensors = Sensors(3)
    assert [sensors.add(f"file:///{n}", str(n)).source_id for n in range(2)] == [0, 1]
    sensors.drop(0)
    assert [sensors.add(f"file:///{n}", str(n)).source_id for n in (2, 3)] == [2, 0]
    assert [one.camera_id for one in sensors.listed()] == ["3", "1", "2"]


def test_what_cannot_be_added_or_found_is_refused() -> None:
    sensors = Sensors(2)
    sensors.add("file:///a", "one")
    with pytest.raises(Refused, match="Duplicate Camera id"):
        sensors.add("file:///b", "one")
    with pytest.raises(Refused, match=r"'b\.mp4' is no address"):
        sensors.add("b.mp4", "two")
    sensors.add("file:///b", "two")
    with pytest.raises(Refused, match="max-batch-size"):
        sensors.add("file:///c", "three")
    with pytest.raises(Refused, match="No record found"):
        sensors.find("file:///a", "two")
    assert sensors.find("file:///b", "two").source_id == 1


def test_streams_without_an_id_are_no_duplicates() -> None:
    sensors = Sensors(2)
    assert [sensors.add("file:///a", "").source_id for _ in range(2)] == [0, 1]


def test_lists_of_the_element_belong_together() -> None:
    assert of_lists("file:///a, rtsp://b,", "1,2", "left") == [
        ("file:///a", "1", "left"),
        ("rtsp://b", "2", ""),
    ]
    assert of_lists("", "1", "") == []
