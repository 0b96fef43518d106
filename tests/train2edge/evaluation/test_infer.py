"""Boxes on pictures and videos that nobody labelled."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.train2edge.evaluation.toys import CLASSES, CONTRACT, PaintFinder, paint, painted
from train2edge.detections import parse_kitti, read_json_lines
from train2edge.errors import InputError
from train2edge.evaluation.infer import infer


def test_folder_of_pictures(tmp_path: Path) -> None:
    samples = painted(tmp_path / "in")
    report = infer(PaintFinder(), tmp_path / "in", tmp_path / "out")
    assert (report.frames, report.objects) == (4, {"car": 3, "bus": 3})
    drawn = cv2.imread(str(tmp_path / "out" / "pictures" / "p0.jpg"))
    assert drawn.shape == (384, 640, 3)
    lines = list(read_json_lines(tmp_path / "out" / "detections.jsonl", CLASSES))
    for sample, line in zip(samples, lines, strict=True):
        kitti = parse_kitti(tmp_path / "out" / "kitti" / f"{sample.image.stem}.txt", CLASSES)
        assert len(sample.boxes) == len(line) == len(kitti)


def test_one_picture_and_a_threshold_of_ones_own(tmp_path: Path) -> None:
    sample = paint(tmp_path, [[20, 30, 110, 90]], [0], "one.png")
    finder = PaintFinder(CONTRACT, shrink=0.4)
    counts = [
        infer(finder, sample.image, tmp_path / "out", threshold=value).objects["car"]
        for value in (0.95, 0.7, 0.1)
    ]
    assert counts[:2] == [0, 1]
    assert counts[2] > 1


def test_video_becomes_a_video(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 192))
    for step in range(5):
        picture = np.zeros((192, 320, 3), np.uint8)
        picture[40:140, 40 + 20 * step : 160 + 20 * step, 2] = 255
        writer.write(picture)
    writer.release()
    report = infer(PaintFinder(), path, tmp_path / "out")
    assert (report.frames, report.objects["car"]) == (5, 5)
    drawn = cv2.VideoCapture(str(tmp_path / "out" / "film.mp4"))
    assert (drawn.get(cv2.CAP_PROP_FRAME_COUNT), drawn.get(cv2.CAP_PROP_FPS)) == (5, 10)
    last = parse_kitti(tmp_path / "out" / "kitti" / "00_000_000004.txt", CLASSES)
    np.testing.assert_allclose(last.boxes[0], [120, 40, 240, 140], atol=6)


def test_what_cannot_be_looked_at(tmp_path: Path) -> None:
    finder, out = PaintFinder(), tmp_path / "out"
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no pictures \(\.jpg"):
        infer(finder, tmp_path / "empty", out)
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match="neither a picture nor a video"):
        infer(finder, tmp_path / "notes.txt", out)
    (tmp_path / "half.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(InputError, match=r"half\.jpg: not a whole picture"):
        infer(finder, tmp_path / "half.jpg", out)
    with pytest.raises(InputError, match="no such picture"):
        infer(finder, tmp_path / "nowhere.mp4", out)


def test_broken_pictures_are_left_out_and_told(tmp_path: Path) -> None:
    painted(tmp_path / "in")
    (tmp_path / "in" / "half.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "in" / "._p0.jpg").write_bytes(b"Mac OS X")
    report = infer(PaintFinder(), tmp_path / "in", tmp_path / "out")
    assert report.frames == 4
    assert [line.split(": ")[:2] for line in report.lines()[:-1]] == [
        ["left out", str(tmp_path / "in" / "half.jpg")]
    ]
    assert len(list((tmp_path / "out" / "kitti").iterdir())) == 4


def test_pictures_in_folders_below_are_looked_at_each_under_its_own_name(tmp_path: Path) -> None:
    for camera in ("left", "right"):
        paint(tmp_path / "in" / camera, [[20, 30, 110, 90]], [0], "0.png")
    report = infer(PaintFinder(), tmp_path / "in", tmp_path / "out")
    assert (report.frames, report.objects["car"]) == (2, 2)
    written = sorted(one.name for one in (tmp_path / "out" / "kitti").iterdir())
    assert written == ["left__0.txt", "right__0.txt"]


def test_only_what_was_found_is_told(tmp_path: Path) -> None:
    sample = paint(tmp_path, [[20, 30, 110, 90]], [0], "one.png")
    report = infer(PaintFinder(), sample.image, tmp_path / "out")
    assert report.lines() == ["1 frame: 1 car"]
    report = infer(PaintFinder(), paint(tmp_path, [], [], "none.png").image, tmp_path / "out")
    assert report.lines() == ["1 frame: nothing found"]


def test_an_earlier_run_is_not_mixed_in_and_a_failed_one_leaves_nothing(tmp_path: Path) -> None:
    painted(tmp_path / "in")
    out = tmp_path / "out"
    infer(PaintFinder(), tmp_path / "in", out)
    (out / "notes.txt").write_text("the user's own")
    one = paint(tmp_path, [[20, 30, 110, 90]], [0], "one.png")
    infer(PaintFinder(), one.image, out)
    assert [file.name for file in (out / "kitti").iterdir()] == ["one.txt"]
    assert [file.name for file in (out / "pictures").iterdir()] == ["one.jpg"]
    assert (out / "notes.txt").is_file()
    with pytest.raises(InputError):
        infer(PaintFinder(), tmp_path / "in" / "nowhere.mp4", out)
    assert [file.name for file in (out / "kitti").iterdir()] == ["one.txt"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in", "one.png", "out"]
