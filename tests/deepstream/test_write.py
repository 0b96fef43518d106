from __future__ import annotations

import json
from pathlib import Path

import pytest

from deepstream import write as writing
from tests.deepstream import toy
from train2edge.errors import InputError, ProblemsError
from train2edge.spec.stream import Stream
from train2edge.targets import deployment


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Stream]:
    toy.bundle(tmp_path / "bundle")
    video = tmp_path / "my video;1.mp4"
    video.write_bytes(b"video")
    return tmp_path / "bundle", Stream(inputs=(str(video),))


def test_an_app_is_whole_and_can_be_moved(tmp_path: Path, made: tuple[Path, Stream]) -> None:
    bundle, stream = made
    app = writing.write(bundle, stream, "t4", "7.1", tmp_path / "app")
    assert (app / "model/model_fp32.onnx").read_text() == "model_fp32"
    assert (app / "model/model.onnx").read_text() == "model"
    assert (app / "model/model.cpu.onnx").read_text() == "model_cpu"
    assert (app / "media/0_my_video_1.mp4").read_bytes() == b"video"
    assert (app / "out/kitti").is_dir() and (app / "out/kitti_track").is_dir()
    assert (app / "labels.txt").read_bytes() == b"car\ntraffic_light\n"
    for file in app.iterdir():
        if file.is_file():
            assert str(tmp_path) not in file.read_text(), file.name
    files = json.loads((app / "app.json").read_text())["files"]
    for role in ("app", "app_yaml", "infer", "labels", "tracker", "onnx", "calibration_cache"):
        assert (app / files[role]).is_file()
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_file_of_nvdsanalytics_goes_along_if_it_can_be_read(
    tmp_path: Path, made: tuple[Path, Stream]
) -> None:
    bundle, stream = made
    lines = toy.lines(tmp_path / "my lines.txt")
    counting = stream.model_copy(update={"analytics": lines})
    app = writing.write(bundle, counting, "t4", "7.1", tmp_path / "app")
    assert (app / "analytics.txt").read_bytes() == lines.read_bytes()
    assert "[nvds-analytics]\nenable=1" in (app / "app.txt").read_text()
    lines.write_text(lines.read_text().replace("Out=640;600;", "Out="))
    with pytest.raises(ProblemsError, match="line-crossing-Out"):
        writing.write(bundle, counting, "t4", "7.1", tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("target", "version", "first"),
    [
        ("t4", "6.3", "TRT-8503-EntropyCalibration2"),
        ("jetson-orin-nano", "7.1", "TRT-100300-EntropyCalibration2"),
    ],
)
def test_the_cache_is_headed_as_the_devices_tensorrt_heads_it(
    target: str, version: str, first: str
) -> None:
    cache = "TRT-8600-EntropyCalibration2\ninput_1: 3c010a14\na: 1: 3c\n"
    written = writing.with_header(cache, deployment(target, version))
    assert written.splitlines() == [first, "input_1: 3c010a14", "a: 1: 3c"]


@pytest.mark.parametrize("cache", ["", "TRT-8600-MinMaxCalibration\nx: 3c\n", "garbage"])
def test_another_cache_is_refused(cache: str) -> None:
    with pytest.raises(InputError, match="EntropyCalibration2"):
        writing.with_header(cache, deployment("t4", "6.3"))


def test_an_app_is_replaced_and_anything_else_left_alone(
    tmp_path: Path, made: tuple[Path, Stream]
) -> None:
    bundle, stream = made
    app = writing.write(bundle, stream, "t4", "7.1", tmp_path / "app")
    (app / "stale.txt").touch()
    writing.write(bundle, stream, "t4", "8.0", app)
    assert not (app / "stale.txt").exists()
    assert json.loads((app / "app.json").read_text())["deepstream"] == "8.0"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").touch()
    with pytest.raises(InputError, match="is not empty"):
        writing.write(bundle, stream, "t4", "8.0", tmp_path / "mine")
    assert (tmp_path / "mine/thesis.txt").exists()


def test_a_failure_leaves_the_old_app(tmp_path: Path, made: tuple[Path, Stream]) -> None:
    bundle, stream = made
    app = writing.write(bundle, stream, "t4", "7.1", tmp_path / "app")
    (bundle / "calibration.cache").write_text("broken")
    with pytest.raises(InputError):
        writing.write(bundle, stream, "t4", "7.1", app)
    assert (app / "app.json").is_file()
    assert {one.name for one in tmp_path.iterdir()} == {"app", "bundle", "my video;1.mp4"}


def test_missing_videos_are_told_together(tmp_path: Path, made: tuple[Path, Stream]) -> None:
    with pytest.raises(ProblemsError) as caught:
        writing.write(made[0], Stream(inputs=("x.mp4", "y.mp4")), "t4", "7.1", tmp_path / "app")
    assert [one.message for one in caught.value.problems] == [
        "no such file: x.mp4",
        "no such file: y.mp4",
    ]
