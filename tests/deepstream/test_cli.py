from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.deepstream import toy
from train2edge.cli import run

EVALUATION = ["--thresholds", "evaluation"]
HEAVY = ["numpy", "torch", "onnx", "gi", "cv2", "pydantic", "rich", "jinja2", "yaml"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    toy.bundle(tmp_path / "bundle")
    (tmp_path / "photos").mkdir()
    for number in range(3):
        image = np.full((96, 128, 3), 60 * number, np.uint8)
        cv2.imwrite(str(tmp_path / f"photos/{number}.jpg"), image)
    return tmp_path


def out(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.strip()


def test_pictures_config_lint_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stream", "pictures", "photos", "-o", "film.avi"]) == 0
    assert out(capsys).endswith("film.avi")
    options = ["--target", "jetson-orin-nano", "--deepstream", "7.1", "--input", "film.avi"]
    fake = ["--sink", "fake", "--tracker", "none", "--thresholds", "evaluation", "--like-input"]
    assert run(["stream", "config", "bundle", "-o", "app", *options, *fake]) == 0
    said = out(capsys).splitlines()
    assert said[-1] == "app"
    assert "int8-cache" in said[0] and "128x96" in said[0]
    assert json.loads(Path("app/app.json").read_text())["frames"] == {
        "0": ["0.jpg", "1.jpg", "2.jpg"]
    }
    assert run(["stream", "lint", "app"]) == 0
    assert out(capsys).startswith("0 findings")
    assert run(["stream", "run", "app", "-o", "results", "--dry-run", "--json"]) == 0
    assert json.loads(out(capsys))["route"] in ("twin", "deepstream-app")


def test_scores_and_loops_of_the_command_line(place: Path) -> None:
    Path("a.mp4").touch()
    command = ["stream", "config", "bundle", "-o", "app", "--target", "t4", "--input", "a.mp4"]
    assert run([*command, "--loop", "--min-score", "0.2", "--min-score", "car=0.1"]) == 0
    assert "file-loop=1" in Path("app/app.txt").read_text()
    written = Path("app/infer.txt").read_text()
    assert all(f"pre-cluster-threshold={one}" in written for one in ("0.2", "0.1"))
    assert "pre-cluster-threshold=0.35" not in written


def test_dry_run_writes_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.mp4").touch()
    command = ["stream", "config", "bundle", "-o", "app", "--target", "t4", "--input", "a.mp4"]
    assert run([*command, "--dry-run", "--json"]) == 0
    assert json.loads(out(capsys))["deepstream"] == "9.2"
    assert not Path("app").exists()


def film(path: str, width: int, height: int, code: str = "MJPG") -> None:
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*code), 10, (width, height))
    for _ in range(3):
        writer.write(np.zeros((height, width, 3), np.uint8))
    writer.release()


def test_a_film_of_another_shape_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film("portrait.avi", 48, 96)
    Path("text.mp4").write_text("hello")
    command = ["stream", "config", "bundle", "-o", "app", "--target", "t4", "--dry-run"]
    films = ["--input", "portrait.avi", "--input", "text.mp4"]
    assert run([*command, *films]) == 0
    said = out(capsys)
    assert "portrait.avi is 48x96 and gets stretched to 1280x720: --like-input" in said
    assert "text.mp4: not a video that can be read; here at least" in said
    assert run([*command, "--input", "portrait.avi", "--like-input"]) == 0
    said = out(capsys)
    assert "stretched" not in said
    assert said.splitlines()[-1] != "app"  # nothing is written, so no path


def on_its_side(path: Path) -> None:
    """Ask players to turn the film by a right angle, as phones do: the track's matrix says it."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    quarter = (0, 1 << 16, 0, -1 << 16, 0, 0, 48 << 16, 0, 1 << 30)
    data[matrix : matrix + 36] = struct.pack(">9i", *quarter)
    path.write_bytes(data)


def test_a_film_on_its_side_keeps_the_size_that_decoders_give(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film("phone.mp4", 96, 48, "mp4v")
    on_its_side(Path("phone.mp4"))
    command = ["stream", "config", "bundle", "-o", "app", "--target", "t4", "--like-input"]
    assert run([*command, "--input", "phone.mp4"]) == 0
    said = out(capsys)
    assert "mux 96x48" in said and "stretched" not in said
    assert "phone.mp4 is to be turned by 90 degrees" in said


def test_an_odd_film_gets_an_even_picture_where_it_is_encoded(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("odd").mkdir()
    cv2.imwrite("odd/0.jpg", np.zeros((37, 51, 3), np.uint8))
    assert run(["stream", "pictures", "odd", "-o", "odd.avi"]) == 0
    command = ["stream", "config", "bundle", "-o", "app", "--target", "t4", "--like-input"]
    assert run([*command, "--input", "odd.avi"]) == 0
    assert "mux 52x38 instead of 51x37" in out(capsys)
    assert {"width=52", "height=38"} <= set(Path("app/app.txt").read_text().splitlines())
    assert run([*command, "--input", "odd.avi", "--sink", "fake"]) == 0
    assert "width=51" in Path("app/app.txt").read_text()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["config", "bundle", "-o", "app", "--input", "a.mp4"], "--target"),
        (["config", "bundle", "-o", "app", "--target", "t5", "--input", "a.mp4"], "t4"),
        (["config", "bundle", "-o", "app", "--target", "t4"], "--input"),
        (["config", "bundle", "-o", "app", "--target", "t4", "--input", "a.mp4"], "no such file"),
        (["config", "photos", "-o", "app", "--target", "t4", "--input", "a.mp4"], "not a bundle"),
        (["config", "bundle", "-o", "app", "--size", "10"], "1280x720"),
        (["config", "bundle", "-o", "app", "--min-score", "car=2"], "car=0.4"),
        (["config", "bundle", "-o", "app", "--min-score", "car"], "car=0.4"),
        (["config", "bundle", "-o", "app", "--min-score", "1", *EVALUATION], "the place of"),
        (["pictures", "-o", "x.avi"], "FOLDER"),
        (["pictures", "bundle", "-o", "x.avi"], "no pictures"),
        (["lint", "photos"], "not an app folder"),
        (["run", "photos", "-o", "r"], "not an app folder"),
    ],
)
def test_mistakes_are_told_in_a_line(
    place: Path, capsys: pytest.CaptureFixture[str], command: list[str], said: str
) -> None:
    assert run(["stream", *command]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


def test_lint_fails_where_something_is_wrong(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["stream", "config", "bundle", "-o", "app", "--target", "t4", "--input", "rtsp://h/a"])
    text = Path("app/infer.txt").read_text()
    Path("app/infer.txt").write_text(text.replace("cluster-mode=2", "cluster-mode=0"))
    capsys.readouterr()
    assert run(["stream", "lint", "app", "--json"]) == 1
    assert json.loads(out(capsys))[0]["what"] == "cluster-mode=0"


def test_lint_takes_any_file_with_or_without_a_device(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("foreign.txt").write_text("[sink0]\nenable=1\ntype=4\nenc-type=0\n")
    assert run(["stream", "lint", "foreign.txt"]) == 0
    assert out(capsys) == "0 findings in 1 file for DeepStream 9.2"
    Path("lists.yml").write_text("a: [1, 2]\n")
    assert run(["stream", "lint", "lists.yml"]) == 0
    assert out(capsys).startswith("lists.yml: of no kind that is known")
    command = ["stream", "lint", "foreign.txt", "--deepstream", "7.1", "--target"]
    assert run([*command, "jetson-orin-nano", "--json"]) == 1
    (finding,) = json.loads(out(capsys))
    assert finding == {
        "level": "error",
        "where": "foreign.txt:4",
        "what": "enc-type=0",
        "why": "Jetson Orin Nano has no NVENC",
        "fix": "write enc-type=1",
        "rule": "no-nvenc",
    }
    assert run([*command, "t4"]) == 0


@pytest.mark.parametrize("command", [[], ["config"], ["pictures"], ["lint"], ["run"], ["compare"]])
def test_help_needs_nothing(command: list[str]) -> None:
    code = (
        f"import sys\nfor name in {HEAVY}: sys.modules[name] = None\n"
        f"from train2edge.cli import main\nmain(['stream', *{command}, '--help'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage: t2e stream" in done.stdout


def test_what_was_found_is_told_of_every_stream(capsys: pytest.CaptureFixture[str]) -> None:
    from deepstream.commands.run import _tell_run
    from deepstream.launch import LaunchReport

    stream: dict[str, object] = {"objects": {}, "tracks": 0, "names": {}, "crossed": {}}
    busy = {"objects": {"bus": 1, "car": 3}, "tracks": 2, "names": {"red": 3}, "crossed": {"In": 0}}
    details = {"fps": [1.0, 1.0], "engine": "none", "frames": 2, "seconds": 1.0}
    for streams, objects in (([stream, busy], 4), ([stream, stream], 0)):
        told = {**details, "objects": objects, "streams": streams}
        _tell_run(LaunchReport("twin", "", None, 0, {"name": "ours"}, told))
    said = capsys.readouterr()
    assert "stream 0: no objects\n" in said.out
    assert "stream 1: bus 1, car 3; 2 tracks; named red 3; crossed In 0\n" in said.out
    assert said.err.count("--min-score") == 1
