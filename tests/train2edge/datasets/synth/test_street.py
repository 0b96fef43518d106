import shutil
import subprocess
from pathlib import Path

import cv2
import pytest

from train2edge.datasets.load import load
from train2edge.datasets.synth import video
from train2edge.datasets.synth.street import StreetPlan, write_street
from train2edge.datasets.synth.video import encoding
from train2edge.errors import InputError, WorkError
from train2edge.spec.loader import load as load_spec

SMALL = StreetPlan(pictures=4, test=2, frames=0, width=320, height=192)
needs_gstreamer = pytest.mark.skipif(
    shutil.which("gst-launch-1.0") is None, reason="GStreamer's tools are not installed"
)


def test_the_experiment_file_loads_what_was_drawn(tmp_path: Path) -> None:
    report = write_street(SMALL, tmp_path / "street")
    experiment = load_spec(tmp_path / "street/experiment.yaml")
    splits = load(experiment.dataset)
    assert len(splits.train) + len(splits.validation) == 4 and len(splits.test) == 2
    counted = splits.report.parts["test"].objects
    assert {name: count for name, count in counted.items() if count} == {
        name: count for name, count in report.objects["test"].items() if name != "DontCare"
    }
    assert not splits.report.dropped
    with pytest.raises(InputError, match="not empty"):
        write_street(SMALL, tmp_path / "street")


def test_more_pictures_are_the_same_and_then_some(tmp_path: Path) -> None:
    few, more = StreetPlan(1, 0, 0, 320, 192, seed=5), StreetPlan(2, 0, 0, 320, 192, seed=5)
    write_street(few, tmp_path / "few")
    write_street(more, tmp_path / "more")
    names = ["train/images/train_00000.jpg", "train/labels/train_00000.txt"]
    for name in names:
        assert (tmp_path / "few" / name).read_bytes() == (tmp_path / "more" / name).read_bytes()


@needs_gstreamer
def test_the_video_has_its_frames_labels_and_tracks(tmp_path: Path) -> None:
    write_street(StreetPlan(1, 0, 8, 320, 192), tmp_path / "street")
    capture = cv2.VideoCapture(str(tmp_path / "street/video.mp4"))
    frames = 0
    while capture.read()[0]:
        frames += 1
    assert frames == 8 and capture.get(cv2.CAP_PROP_FPS) == 25
    labels = sorted((tmp_path / "street/video/labels").iterdir())
    assert [path.name for path in labels] == [f"{index:06d}.txt" for index in range(8)]
    tracks = [line.split() for line in _lines(tmp_path / "street/video/tracks.txt")]
    assert all(len(words) == 17 for words in tracks)
    assert len(tracks) == sum(len(path.read_text().splitlines()) for path in labels)
    assert {words[2] for words in tracks if words[1] == "-1"} <= {"DontCare"}
    assert {"h264"} == {_codec(capture)}


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def _codec(capture: cv2.VideoCapture) -> str:
    code = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode()
    return "h264" if code in ("h264", "avc1") else code


@needs_gstreamer
def test_an_encoder_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match="gst-launch"):  # noqa: SIM117
        with encoding(tmp_path, "missing/video.mp4", (320, 192), 25):
            pass


def test_absent_elements_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_x264(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, int(command[-1] == "x264enc"))

    monkeypatch.setattr(video.shutil, "which", lambda program: program)
    monkeypatch.setattr(video.subprocess, "run", no_x264)
    with pytest.raises(video.MissingError, match="x264enc"):
        video.check_encoder()
