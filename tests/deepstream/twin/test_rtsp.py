"""The picture goes out by RTSP and comes in again as a camera's would."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from deepstream.twin.run import run_app
from tests.deepstream.twin.toy import GRAY, HEIGHT, WIDTH, frame, write_app, write_video

pytestmark = pytest.mark.usefixtures("gstreamer")
CODE = "import sys; from pathlib import Path; from deepstream.twin.run import run_app;"


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def camera(tmp_path: Path, codec: int) -> Iterator[str]:
    """The address of a red square that stands still, sent by another twin."""
    folder = tmp_path / "camera"
    folder.mkdir()
    video = write_video(folder / "a.avi", [frame(("red", 96, 96))] * 20)
    port, udp = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_DGRAM)
    keys = {"enable": 1, "type": 4, "sync": 1, "codec": codec}
    keys |= {"rtsp-port": port, "udp-port": udp}
    app = write_app(
        folder,
        [video],
        primary_gie={"enable": 0},
        tests={"file-loop": 1},
        sink0={**keys, "bitrate": 4000000, "iframeinterval": 5},
    )
    child = subprocess.Popen(
        [sys.executable, "-c", CODE + "run_app(Path(sys.argv[1]))", str(app)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stderr is not None
        address = child.stderr.readline().removeprefix("rtsp: ").strip()
        assert address == f"rtsp://localhost:{port}/ds-test"
        time.sleep(0.5)
        yield address
    finally:
        child.kill()
        told = child.communicate()[1]
    assert "Warning" not in told, told


@pytest.mark.parametrize("codec", [pytest.param(1, id="H.264"), pytest.param(2, id="H.265")])
def test_a_stream_is_detected_as_its_file_is(tmp_path: Path, camera: str) -> None:
    app = write_app(
        tmp_path,
        [],
        source0={"enable": 1, "type": 4, "uri": camera, "select-rtp-protocol": 4},
        streammux={"batch-size": 1},
    )
    report = run_app(app, limit=12)
    assert report.frames == 12
    words = (tmp_path / "out/kitti/00_000_000011.txt").read_text().split()
    assert words[0] == "red"
    assert [round(float(one)) for one in words[4:8]] == [96, 96, 144, 144]


@pytest.mark.parametrize("codec", [pytest.param(1, id="H.264"), pytest.param(2, id="H.265")])
def test_a_client_of_plain_gstreamer_gets_the_picture_by_udp(camera: str, codec: int) -> None:
    from deepstream.twin.gst import Gst

    coding = {1: "h264", 2: "h265"}[codec]
    line = (
        f"rtspsrc location={camera} protocols=udp latency=100 ! rtp{coding}depay ! {coding}parse !"
        f" avdec_{coding} ! videoconvert ! video/x-raw,format=RGB ! appsink name=end sync=false"
    )
    pipeline = Gst.parse_launch(line)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        for _ in range(5):
            sample = pipeline.get_by_name("end").emit("try-pull-sample", 15 * Gst.SECOND)
            assert sample is not None
    finally:
        pipeline.set_state(Gst.State.NULL)
    pixels = np.frombuffer(sample.get_buffer().extract_dup(0, WIDTH * HEIGHT * 3), np.uint8)
    picture = pixels.reshape(HEIGHT, WIDTH, 3).astype(int)
    assert np.abs(picture - frame(("red", 96, 96))).max(axis=2)[100:140, 100:140].max() < 40
    assert np.abs(picture - GRAY).max(axis=2)[:90].max() < 40
