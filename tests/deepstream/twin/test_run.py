from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import cv2
import numpy as np
import pytest

from deepstream.motion_jpeg import write_avi
from deepstream.twin.run import run_app
from tests.deepstream.twin.cameras import free_port
from tests.deepstream.twin.toy import (
    CLASSES,
    COLORS,
    FILE_SINK,
    OSD,
    frame,
    moving,
    write_app,
    write_video,
)
from train2edge.detections import parse_kitti
from train2edge.errors import InputError, ProblemsError, WorkError

pytestmark = pytest.mark.usefixtures("gstreamer")

TRACKED = {
    "gie-kitti-output-dir": "out/kitti",
    "kitti-track-output-dir": "out/tracks",
    "enable-perf-measurement": 1,
    "perf-measurement-interval-sec": 1,
}


def boxes(folder: Path) -> dict[str, list[tuple[str, list[int]]]]:
    """Label and whole pixels of every object, by file name."""
    found = {}
    for path in sorted(folder.glob("*.txt")):
        one = parse_kitti(path, CLASSES)
        rows = zip(one.class_ids, one.boxes, strict=True)
        found[path.name] = [(CLASSES[c], [round(float(v)) for v in box]) for c, box in rows]
    return found


def test_what_an_element_warns_of_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = write_video(tmp_path / "a.avi", moving(2))
    app = write_app(tmp_path, [video], tracker={"enable": 1, "ll-config-file": "tracker.yml"})
    (tmp_path / "tracker.yml").write_text("%YAML:1.0\nVisualTracker:\n  visualTrackerType: 1\n")
    report = run_app(app)
    said = "tracker: the CPU twin tracks by overlap, without the correlation filters of NvDCF"
    assert report.warnings == (said,)
    assert capsys.readouterr().err.count(said) == 1


def test_every_frame_of_a_video_is_detected_exactly(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.avi", [*moving(3), frame(), *moving(1, "blue")])
    report = run_app(write_app(tmp_path, [video]))
    assert (report.frames, report.stopped) == (5, "end")
    assert boxes(tmp_path / "out/kitti") == {
        "00_000_000000.txt": [("red", [0, 96, 48, 144])],
        "00_000_000001.txt": [("red", [16, 96, 64, 144])],
        "00_000_000002.txt": [("red", [32, 96, 80, 144])],
        "00_000_000003.txt": [],
        "00_000_000004.txt": [("blue", [0, 96, 48, 144])],
    }


def test_a_sinks_logger_prints_beside_the_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = write_video(tmp_path / "a.avi", moving(3))
    sink = {"enable": 1, "type": 1, "sync": 0, "nvdslogger": 1, "show-latency": 1}
    tiles = {"enable": 1, "rows": 1, "columns": 2, "width": 320, "height": 120}
    run_app(write_app(tmp_path, [video, video], tiled_display=tiles, sink0=sink))
    said = capsys.readouterr()
    for number in (0, 1):
        assert said.err.count(f"Source id = {number} Frame_num = 2 Frame latency") == 1
    assert said.out == ""


def test_two_streams_become_a_video_of_two_tiles_with_boxes(tmp_path: Path) -> None:
    videos = [
        write_video(tmp_path / "a.avi", moving(8)),
        write_video(tmp_path / "b.avi", moving(5, "blue")),
    ]
    app = write_app(
        tmp_path,
        videos,
        application=TRACKED,
        tiled_display={"enable": 1, "rows": 1, "columns": 2, "width": 640, "height": 240},
        tracker={"enable": 1, "ll-config-file": "tracker.yml"},
        osd=OSD,
        sink0={**FILE_SINK, "output-file": "out/both.mp4"},
    )
    report = run_app(app, tmp_path / "results")
    assert report.frames == 13
    assert report.files[0] == tmp_path / "results/both.mp4"
    assert len(boxes(tmp_path / "results/kitti")) == 13
    _check_tracks(tmp_path / "results/tracks")
    shown = pictures(report.files[0])
    assert len(shown) == 8 and shown[0].shape == (240, 640, 3)
    # The border that the display drew lies on the square's edge in each tile.
    cyan, red = np.array([0, 200, 255]), np.array(COLORS["red"])
    assert np.abs(shown[4][120, 64].astype(int) - cyan).max() < 60
    assert np.abs(shown[4][120, 88].astype(int) - red).max() < 40


def _check_tracks(folder: Path) -> None:
    """On probation for two frames, then one number a stream to the end."""
    ids = [parse_kitti(path, CLASSES).track_ids for path in sorted(folder.glob("00_000_*.txt"))]
    assert [None if one is None else one.tolist() for one in ids] == [None, None] + [[0]] * 6


def pictures(path: Path) -> list[np.ndarray]:
    reader, found = cv2.VideoCapture(str(path)), []
    while True:
        more, picture = reader.read()
        if not more:
            return found
        found.append(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))


def test_frames_between_inferences_show_what_the_tracker_holds(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.avi", [frame(("red", 32, 32))] * 8)
    app = write_app(
        tmp_path,
        [video],
        application=TRACKED,
        primary_gie={"enable": 1, "config-file": "infer.txt", "interval": 1},
        tracker={"enable": 1, "ll-config-file": "tracker.yml"},
    )
    run_app(app)
    seen = [bool(found) for found in boxes(tmp_path / "out/kitti").values()]
    assert seen == [True, False] * 4
    told = [bool(found) for found in boxes(tmp_path / "out/tracks").values()]
    assert told == [False] * 4 + [True] * 4


def test_a_frame_of_another_size_is_scaled_to_the_mux(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.avi", [cv2.resize(frame(("red", 96, 96)), (640, 480))])
    run_app(write_app(tmp_path, [video]))
    assert boxes(tmp_path / "out/kitti")["00_000_000000.txt"] == [("red", [96, 96, 144, 144])]


def test_a_file_is_played_again_until_the_limit(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.avi", moving(3))
    sink = {**FILE_SINK, "output-file": "out/loop.mp4"}
    app = write_app(tmp_path, [video], tests={"file-loop": 1}, sink0=sink)
    report = run_app(app, limit=8)
    assert report.frames == 8
    found = list(boxes(tmp_path / "out/kitti").values())
    assert found[3] == found[0] and found[7] == found[1]
    assert len(pictures(report.files[0])) == 8


def test_the_results_of_a_run_before_are_not_mixed_in(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.avi", moving(6))
    app = write_app(tmp_path, [video])
    run_app(app)
    run_app(app, limit=2)
    assert len(boxes(tmp_path / "out/kitti")) == 2


def test_every_missing_video_is_told_at_once(tmp_path: Path) -> None:
    app = write_app(tmp_path, [tmp_path / "one.mp4", tmp_path / "two.mp4"])
    with pytest.raises(ProblemsError) as caught:
        run_app(app)
    lines = app.read_text().splitlines()
    places = [f"{app}:{lines.index(f'[source{number}]') + 1}" for number in (0, 1)]
    assert [one.where for one in caught.value.problems] == places


@pytest.mark.parametrize("content", [b"no video at all\n" * 50, b"", b"\0\0\0\x18ftypmp42" * 9])
def test_what_is_no_video_is_bad_input_and_leaves_no_file(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepstream.twin.elements import nvurisrcbin

    monkeypatch.setattr(nvurisrcbin, "PATIENCE", 2.0)
    video = tmp_path / "broken.mp4"
    video.write_bytes(content)
    app = write_app(tmp_path, [video], sink0={**FILE_SINK, "output-file": "out/v.mp4"})
    with pytest.raises(InputError) as caught:
        run_app(app)
    assert str(video) in str(caught.value)
    assert list((tmp_path / "out").glob("*v.mp4*")) == []


def test_a_network_that_does_not_fit_its_settings_is_bad_input(tmp_path: Path) -> None:
    app = write_app(tmp_path, [write_video(tmp_path / "a.avi", moving(2))])
    text = (tmp_path / "infer.txt").read_text()
    (tmp_path / "infer.txt").write_text(text.replace("3;240;320", "3;256;320"))
    with pytest.raises(InputError, match="3x256x320"):
        run_app(app)


def test_an_element_that_has_no_twin_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepstream.twin import build

    monkeypatch.setattr(build, "_known", lambda piece: piece.factory != "nvtracker")
    video = write_video(tmp_path / "a.avi", moving(1))
    app = write_app(tmp_path, [video], tracker={"enable": 1})
    with pytest.raises(ProblemsError, match="no nvtracker") as caught:
        run_app(app)
    line = app.read_text().splitlines().index("[tracker]") + 1
    assert caught.value.problems[0].where == f"{app}:{line}"


def test_an_exception_in_an_element_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from deepstream.twin.inference.network import Network

    def fail(self: Network, targets: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Network, "start", fail)
    app = write_app(tmp_path, [write_video(tmp_path / "a.avi", moving(4))])
    with pytest.raises(WorkError, match="a bug") as caught:
        run_app(app)
    assert caught.value.where == "primary_gie"
    assert "Traceback" in capsys.readouterr().err


MANY = {"use-nvmultiurisrcbin": 1, "http-ip": "127.0.0.1"}


def test_a_list_of_sources_in_one_element_gives_the_same_boxes(tmp_path: Path) -> None:
    videos = [
        write_video(tmp_path / "a.avi", moving(3)),
        write_video(tmp_path / "b.avi", moving(2, "blue")),
    ]
    listed = {**MANY, "list": ";".join(f"file://{one}" for one in videos), "http-port": 0}
    mux = {"batch-size": 2}
    app = write_app(tmp_path, [], source_attr_all={"enable": 1}, source_list=listed, streammux=mux)
    report = run_app(app)
    assert (report.frames, report.stopped, len(report.fps)) == (5, "end", 2)
    many = boxes(tmp_path / "out/kitti")
    run_app(write_app(tmp_path, videos))
    assert many == boxes(tmp_path / "out/kitti")


def test_a_stream_is_added_by_a_request_while_the_app_runs(tmp_path: Path) -> None:
    video, port = write_video(tmp_path / "a.avi", moving(3)), free_port()
    mux = {"batch-size": 1, "live-source": 1, "drop-pipeline-eos": 1}
    listed = {**MANY, "num-source-bins": 0, "http-port": port}
    app = write_app(tmp_path, [], source_attr_all={"enable": 1}, source_list=listed, streammux=mux)
    with interruptible(app) as child:
        deadline = time.monotonic() + 120
        added = ""
        while not (tmp_path / "out/kitti/00_000_000002.txt").exists():
            assert time.monotonic() < deadline and child.poll() is None
            added = added or add_stream(port, f"file://{video}")
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=120)
    assert added == "STREAM_ADD_SUCCESS"
    assert (child.returncode, out.decode().strip()) == (0, "interrupted")


def add_stream(port: int, uri: str) -> str:
    """The answer's reason, empty as long as nobody listens."""
    value = {"camera_id": "one", "camera_url": uri, "change": "camera_add"}
    body = json.dumps({"key": "sensor", "value": value}).encode()
    address = f"http://127.0.0.1:{port}/api/v1/stream/add"
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body), timeout=60) as answer:
            return str(json.load(answer)["reason"])
    except urllib.error.URLError:
        return ""


@contextlib.contextmanager
def interruptible(app: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The app in a process of its own, which says how it stopped."""
    code = (
        # a shell that starts tests in the background has SIGINT ignored in all its children
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "import sys; from pathlib import Path; from deepstream.twin.run import run_app;"
        "print(run_app(Path(sys.argv[1])).stopped)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(app)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


@pytest.mark.parametrize("keeps_on", [0, 1])
def test_ctrl_c_finishes_the_video(tmp_path: Path, keeps_on: int) -> None:
    video = write_video(tmp_path / "a.avi", moving(10))
    sink = {**FILE_SINK, "sync": 1, "output-file": "out/v.mp4"}
    mux = {"drop-pipeline-eos": keeps_on}
    app = write_app(tmp_path, [video], tests={"file-loop": 1}, sink0=sink, streammux=mux)
    with interruptible(app) as child:
        deadline = time.monotonic() + 120
        while not (tmp_path / "out/kitti/00_000_000009.txt").exists():
            assert time.monotonic() < deadline and child.poll() is None
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=120)
    assert (child.returncode, out.decode().strip()) == (0, "interrupted")
    assert len(pictures(tmp_path / "out/v.mp4")) >= 5


class Stuck:
    """A pipeline that never ends."""

    def get_bus(self) -> Stuck:
        return self

    def timed_pop_filtered(self, _patience: int, _kinds: object) -> None:
        return None


@pytest.mark.parametrize(("file", "fails"), [("v.mp4", True), (None, False)])
def test_only_a_video_that_is_not_finished_makes_ctrl_c_an_error(
    tmp_path: Path, file: str | None, fails: bool
) -> None:
    from deepstream import app_config
    from deepstream.twin.plan import plan
    from deepstream.twin.playing import Playing
    from deepstream.twin.watch import Meter

    sink = {**FILE_SINK, "output-file": file} if file else {"enable": 1, "type": 4}
    decided = plan(app_config.load(write_app(tmp_path, [tmp_path / "a.avi"], sink0=sink)))
    playing = Playing(decided, Stuck(), Meter(1))
    with pytest.raises(WorkError, match="did not finish") if fails else nullcontext():
        playing._until_end(1)


def test_a_frame_that_is_no_jpeg_is_bad_input(tmp_path: Path) -> None:
    good = cv2.imencode(".jpg", frame())[1].tobytes()
    # Whole by its markers, so that the parser lets it through, and nothing of a picture inside.
    bad = b"\xff\xd8\xff\xc0" + good[good.index(b"\xff\xc0") + 2 :][:19] + b"\xff\xda\0\2\xff\xd9"
    write_avi(tmp_path / "a.avi", [good, bad], (320, 240), 10)
    with pytest.raises(InputError, match="frame 1 is no readable JPEG") as caught:
        run_app(write_app(tmp_path, [tmp_path / "a.avi"]))
    assert caught.value.where == str(tmp_path / "a.avi")


def test_a_corrupt_stream_ends_and_the_others_lose_nothing(tmp_path: Path) -> None:
    good = cv2.imencode(".jpg", frame())[1].tobytes()
    bad = b"\xff\xd8\xff\xc0" + good[good.index(b"\xff\xc0") + 2 :][:19] + b"\xff\xda\0\2\xff\xd9"
    write_avi(tmp_path / "bad.avi", [good, good, bad, good], (320, 240), 10)
    (tmp_path / "none.avi").write_bytes(b"no video at all" * 99)
    videos = [
        write_video(tmp_path / "a.avi", moving(12)),
        tmp_path / "bad.avi",
        tmp_path / "none.avi",
        write_video(tmp_path / "b.avi", moving(5, "blue")),
    ]
    report = run_app(write_app(tmp_path, videos))
    assert sorted(text.split(":")[0] for text in report.failed) == ["stream 1", "stream 2"]
    assert "frame 2 is no readable JPEG" in " ".join(report.failed)
    found = boxes(tmp_path / "out/kitti")
    counts = [sum(name.startswith(f"00_{pad:03d}") for name in found) for pad in range(4)]
    assert counts == [12, 2, 0, 5]
    assert found["00_000_000011.txt"] == [("red", [176, 96, 224, 144])]
    assert found["00_003_000004.txt"] == [("blue", [64, 96, 112, 144])]


def test_where_every_stream_is_corrupt_the_run_fails(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.avi").write_bytes(b"no video at all" * 99)
    app = write_app(tmp_path, [tmp_path / "a.avi", tmp_path / "b.avi"])
    with pytest.raises(InputError, match=r"[ab]\.avi"):
        run_app(app)
