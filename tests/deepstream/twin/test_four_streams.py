"""``scripts/demo-streams`` on small networks, from the films to its verdict."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.four_streams import films, networks
from benchmarks.four_streams.__main__ import main
from benchmarks.four_streams.films import Film, Line
from tests.deepstream.twin.test_rtsp import free_port
from tests.deepstream.twin.test_shown import world
from tests.trainer import toys

PHOTO = (576, 540)  # as high as the film
SQUARE = (144, 108)  # what the small detector sees as a square of 48 pixels
CELL = 48  # pixels of the film that are a cell of the detector


def photos(folder: Path, count: int) -> Path:
    """Photos of three red squares each, with their labels."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        picture = np.full((PHOTO[1], PHOTO[0], 3), 90, np.uint8)
        lines = []
        for left in (0, 192, 384):
            right, bottom = left + SQUARE[0], 216 + SQUARE[1]
            picture[216:bottom, left:right] = (30, 30, 230)
            lines.append(f"car 0 0 0 {left} 216 {right} {bottom} 0 0 0 0 0 0 0\n")
        cv2.imwrite(str(folder / f"images/{number:02}.png"), picture)
        (folder / f"labels/{number:02}.txt").write_text("".join(lines))
    return folder


@pytest.mark.usefixtures("gstreamer")
def test_four_streams_run_and_every_part_is_checked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(films, "STEP", CELL)
    world(tmp_path)
    data = photos(tmp_path / "photos", 24)
    options = {
        "--primary": tmp_path / "detector",
        "--secondary": tmp_path / "kinds",
        "--data": data,
        "--video": tmp_path / "a.mp4",
        "--out": tmp_path / "demo",
        "--frames": 70,
        "--rtsp-port": free_port(socket.SOCK_STREAM),
    }
    code = main([str(word) for pair in options.items() for word in pair])
    told = capfd.readouterr()
    assert code == 0, told.out + told.err
    assert "FAILED" not in told.out and told.out.count("passed") == 7
    details = json.loads((tmp_path / "demo/out/stream.json").read_text())["details"]
    assert [list(one["names"]) for one in details["streams"]] == [["red"]] * 4
    assert details["streams"][2]["crossed"]["Left"] >= 2
    assert cv2.imread(str(tmp_path / "demo/montage.png")).shape == (720, 1920, 3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--data", "nowhere"], "no such folder of labelled photos"),
        (["--data", ".", "--video", "nowhere.mp4"], "no such video"),
        (["--data", ".", *["--video", "a"] * 3], "two streams are videos"),
    ],
)
def test_what_is_not_there_is_told_before_anything_is_trained(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a").touch()
    assert main(given) == 2
    assert said in capsys.readouterr().err
    assert not Path("demo").exists()


def test_both_networks_are_trained_by_recipes_on_the_same_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, ...]] = []
    monkeypatch.setattr(networks, "t2e", lambda *words: said.append(words))
    data = photos(tmp_path / "photos", 2)
    assert networks.detector(data, tmp_path / "a") == tmp_path / "a/bundle"
    assert networks.classifier(data, tmp_path / "b") == tmp_path / "b/bundle"
    assert [words[1] for words in said] == [
        "detection_mobilenet_v2",
        "classification_mobilenet_v2",
    ]
    assert "dataset.map={car: light}" in said[1] and "dataset.classes=[light]" in said[1]
    said.clear()
    networks.classifier(toys.pictures(tmp_path / "others"), tmp_path / "c")
    assert not any("dataset.map" in word for word in said[0])


def test_lines_are_of_their_streams() -> None:
    lines = (Line(640, to_right=True), Line(600, to_right=False))
    made = [Film(Path("a"), "a", lines[:1]), Film(Path("b"), "b", lines)]
    text = films.analytics(made)
    assert text.count("line-crossing-Right=580;600;700;600;640;719;640;40") == 2
    second = text.index("[line-crossing-stream-1]")
    assert text.index("line-crossing-Left=660;660;540;660;600;719;600;88") > second
