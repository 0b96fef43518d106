"""The program as a user starts it, beside the same app without it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepstream import launch
from tests.deepstream.mosquitto import Listener, Mosquitto
from tests.deepstream.twin import toy
from train2edge.detections import parse_kitti, read_json_lines

pytestmark = pytest.mark.usefixtures("gstreamer")
ROOT = Path(__file__).parents[3]
TRACKED = {"gie-kitti-output-dir": "out/kitti", "kitti-track-output-dir": "out/tracks"}
PROGRAM = ("-m", "train2edge", "stream", "run", "app.txt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    videos = [
        toy.write_video(tmp_path / "a.avi", toy.moving(6)),
        toy.write_video(tmp_path / "b.avi", toy.moving(4, "blue")),
    ]
    tracker = {"enable": 1, "ll-config-file": "tracker.yml"}
    toy.write_app(tmp_path, videos, application=TRACKED, tracker=tracker)
    return tmp_path


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(folder, *arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def kitti(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def frames(folder: Path) -> list[Any]:
    return [json.loads(line) for line in (folder / "detections.jsonl").read_text().splitlines()]


def test_its_files_are_those_of_deepstream_app(folder: Path) -> None:
    assert run(folder, *PROGRAM, "-o", "plain")[0] == 0
    code, out, err = run(folder, *PROGRAM, "-o", "ours", "--app", "python")
    assert code == 0, err
    assert "10 frames" in out and "20 KITTI files" in out and out.endswith("ours\n")
    for name in ("kitti", "tracks"):
        files = kitti(folder / "plain" / name)
        assert len(files) == 10 and any(files.values())
        assert kitti(folder / "ours" / name) == files
    told = list(read_json_lines(folder / "ours/detections.jsonl", toy.CLASSES))
    assert len(told) == 10
    for one in told:
        written = parse_kitti(folder / f"plain/tracks/{one.name}.txt", toy.CLASSES)
        np.testing.assert_allclose(one.boxes, written.boxes, atol=1e-5)
        np.testing.assert_array_equal(one.class_ids, written.class_ids)
        if len(one):
            np.testing.assert_array_equal(one.track_ids, written.track_ids)


CALLBACK = """
def on_frame(frame):
    left = [round(one.box.left) for one in frame.objects]
    found = None if frame.picture is None else frame.picture[100, 16 * frame.number + 20, :3]
    print(frame.source, frame.number, frame.pts, frame.size, left, found)

def fails(frame):
    if frame.number == 2:
        raise ValueError("no such plate")
"""


def test_a_callback_sees_records_and_pixels(folder: Path) -> None:
    toy.write_app(folder, [folder / "a.avi"])
    (folder / "mine.py").write_text(CALLBACK)
    asked = ("--app", "python", "--callback", "mine.py:on_frame", "--sink", "json_lines=l.jsonl")
    code, out, err = run(folder, *PROGRAM, *asked)
    assert code == 0, err
    assert out.splitlines()[2] == "0 2 200000000 (320, 240) [32] None"
    assert len((folder / "l.jsonl").read_text().splitlines()) == 6
    assert not (folder / "out").exists()
    code, out, err = run(folder, *PROGRAM, *asked, "--pictures")
    assert code == 0, err
    red = [int(one) for one in out.splitlines()[2].rpartition("[")[2].rstrip("]").split()]
    assert np.abs(np.array(red) - toy.COLORS["red"]).max() < 8


def test_a_callback_that_raises_is_one_error_with_its_line(folder: Path) -> None:
    (folder / "mine.py").write_text(CALLBACK)
    asked = ("--app", "python", "--callback", "mine.py:fails")
    code, _, err = run(folder, *PROGRAM, "-o", "ours", *asked)
    assert code == 1
    assert "Error: mine.py:9: fails: ValueError: no such plate\n" in err
    assert "Traceback" not in err
    assert not (folder / "ours/detections.jsonl").exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--app", "python", "--sink", "csv"), "unknown sink 'csv', known: json_lines, kitti"),
        (("--app", "python", "--sink", "json_lines"), "json_lines=FILE"),
        (("--app", "python", "--sink", "mqtt=localhost"), "'localhost' is not host;port"),
        (("--app", "python", "--sink", "mqtt=localhost;1883"), "names no topic"),
        (("--app", "python", "--callback", "none.py"), "no such file: none.py"),
        (("--callback", "mine.py"), "are for --app python"),
    ],
)
def test_mistakes_are_told_in_a_line(folder: Path, asked: tuple[str, ...], said: str) -> None:
    code, _, err = run(folder, *PROGRAM, *asked)
    assert code == 2 and said in err and "Traceback" not in err


def test_every_frame_is_a_message(folder: Path, mosquitto: Mosquitto) -> None:
    toy.write_app(folder, [folder / "a.avi"])
    listener = Listener(mosquitto.port, "cars")
    sinks = ("--sink", f"mqtt=localhost;{mosquitto.port};cars", "--sink", "json_lines=l.jsonl")
    code, _, err = run(folder, *PROGRAM, "--app", "python", *sinks)
    assert code == 0, err
    lines = (folder / "l.jsonl").read_text().splitlines()
    assert [listener.next().decode() for _ in lines] == lines
    listener.close()


def test_ctrl_c_finishes_the_files(folder: Path) -> None:
    toy.write_app(folder, [folder / "a.avi"], tests={"file-loop": 1})
    code = (
        # a shell that starts tests in the background has SIGINT ignored in all its children
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from train2edge.cli import main;"
        "main('stream run app.txt -o ours --app python'.split())"
    )
    process = start(folder, "-c", code)
    try:
        deadline = time.monotonic() + 120
        while not (folder / "ours/kitti/00_000_000009.txt").exists():
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, err
    assert "interrupted: finishing the files" in err
    numbers = [one["number"] for one in frames(folder / "ours")]
    assert numbers == list(range(len(numbers))) and len(numbers) >= 10
    assert len(kitti(folder / "ours/kitti")) == len(numbers)


def test_it_stands_alone(folder: Path) -> None:
    code, _, err = run(folder, "-m", "deepstream.app", "app.txt", "-o", "ours", "--limit", "2")
    assert code == 0, err
    assert [one["frame"] for one in frames(folder / "ours") if one["source"] == 1] == [
        "00_001_000000",
        "00_001_000001",
    ]


def test_an_app_folder_is_told_of_in_the_report(folder: Path) -> None:
    told = {key: key for key in launch._TOLD.split()}
    (folder / "app.json").write_text(json.dumps({"schema": 1, **told}))
    asked = (".", "--app", "python", "--twin", "-o", "ours", "--json")
    code, out, err = run(folder, *PROGRAM[:-1], *asked)
    assert code == 0, err
    report = json.loads(out)
    assert (report["route"], report["app"], report["kitti_files"]) == ("twin", told, 10)
    assert report["details"]["frames"] == 10
    assert "ours/detections.jsonl" in report["details"]["files"]
    assert json.loads((folder / "ours/stream.json").read_text())["details"] == report["details"]


ANALYTICS = """[property]
enable=1
config-width=320
config-height=240
[roi-filtering-stream-0]
enable=1
roi-Left=0;0;100;0;100;239;0;239
[line-crossing-stream-0]
enable=1
line-crossing-Gate=60;120;140;120;90;0;90;239
mode=loose
"""


def test_what_is_counted_stands_in_the_lines(folder: Path) -> None:
    (folder / "analytics.txt").write_text(ANALYTICS)
    analytics = {"enable": 1, "config-file": "analytics.txt"}
    tracker = {"enable": 1, "ll-config-file": "tracker.yml"}
    toy.write_app(folder, [folder / "a.avi"], tracker=tracker, nvds_analytics=analytics)
    code, _, err = run(folder, *PROGRAM, "-o", "ours", "--app", "python")
    assert code == 0, err
    told = frames(folder / "ours")
    inside = [one["counts"]["regions"]["Left"] for one in told]
    assert inside == [0, 0, 1, 1, 1, 0]  # on probation twice, then its foot is at 56, 72, 88, 104
    assert [one["regions"] for one in told[3]["objects"]] == [["Left"]]
    assert [one["counts"]["crossed_in_all"]["Gate"] for one in told] == [0, 0, 0, 0, 0, 1]
    assert told[5]["objects"][0]["lines"] == ["Gate"]
