"""Detections and their files: exactly deepstream-app's columns, every bad line told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from train2edge.detections import (
    FrameDetections,
    kitti_lines,
    parse_kitti,
    read_json_lines,
    write_json_lines,
    write_kitti,
)
from train2edge.errors import InputError, ProblemsError

CLASSES = ("car", "bus")
FRAME = FrameDetections(
    "000042",
    np.array([[1, 2.5, 30, 40], [5, 6, 7, 8]]),
    np.array([0.875, 0.25]),
    np.array([1, 0]),
)
TRACKED = FrameDetections(
    "7", FRAME.boxes, FRAME.scores, FRAME.class_ids, np.array([2**64 - 1, 3], np.uint64)
)


def test_lines_are_those_of_deepstream_app() -> None:
    assert kitti_lines(FRAME, CLASSES)[0] == (
        "bus 0.0 0 0.0 1.000000 2.500000 30.000000 40.000000 0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.875000"
    )
    assert kitti_lines(TRACKED, CLASSES)[1].startswith("car 3 0.0 0 0.0 5.000000")
    assert kitti_lines(TRACKED, CLASSES)[0].split()[1] == "18446744073709551615"


@pytest.mark.parametrize("frame", [FRAME, TRACKED, FrameDetections.empty("x")])
def test_kitti_and_json_round_trips(tmp_path: Path, frame: FrameDetections) -> None:
    write_kitti(frame, CLASSES, tmp_path / "a.txt")
    write_json_lines([frame], CLASSES, tmp_path / "a.jsonl")
    for again in (
        parse_kitti(tmp_path / "a.txt", CLASSES, name=frame.name),
        *read_json_lines(tmp_path / "a.jsonl", CLASSES),
    ):
        assert again.name == frame.name
        np.testing.assert_array_equal(again.boxes, frame.boxes)
        np.testing.assert_array_equal(again.scores, frame.scores)
        np.testing.assert_array_equal(again.class_ids, frame.class_ids)
        if frame.track_ids is not None:
            np.testing.assert_array_equal(again.track_ids, frame.track_ids)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("car 0 0", "3 columns"),
        ("van" + " 0" * 15, "unknown class 'van'"),
        ("car" + " x" * 15, "could not convert"),
        ("car" + " nan" * 15, "not finite"),
        ("car one" + " 0" * 15, "invalid literal"),
    ],
)
def test_bad_kitti_lines(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text("car" + " 0" * 15 + "\n\n" + line + "\n")
    with pytest.raises(ProblemsError) as caught:
        parse_kitti(path, CLASSES)
    assert str(caught.value).startswith(f"{path}:3: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("line", ["{", "[]", '{"frame": "a"}', '{"frame": "a", "objects": [{}]}'])
def test_bad_json_lines(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(InputError, match=r"a\.jsonl:1"):
        list(read_json_lines(path, CLASSES))


def test_columns_of_different_lengths_are_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="1 scores for 2 boxes"):
        FrameDetections("a", FRAME.boxes, np.array([1.0]), FRAME.class_ids)
