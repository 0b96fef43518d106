from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deepstream.twin.cameras import free_port
from tests.deepstream.twin.toy import moving, write_video

pytestmark = pytest.mark.usefixtures("gstreamer")

SIZE = "width=64 height=48"
LIVE = f"{SIZE} live-source=1 batched-push-timeout=20000 file-loop=1"


class Running:
    """A pipeline of the element that plays; ``seen`` counts the frames of each pad."""

    def __init__(self, settings: str) -> None:
        from deepstream.twin.gst import Gst

        self.gst = Gst
        self.pipeline = Gst.parse_launch(
            f"nvmultiurisrcbin name=multi {settings} ! fakesink name=end"
        )
        self.seen: Counter[int] = Counter()
        self.told: list[tuple[str, str]] = []
        end = self.pipeline.get_by_name("end").get_static_pad("sink")
        end.add_probe(Gst.PadProbeType.BUFFER, self.note)
        self.pipeline.set_state(Gst.State.PLAYING)

    def note(self, _pad: Any, info: Any) -> Any:
        from deepstream.twin.metadata import find

        batch = find(info.get_buffer())
        assert batch is not None
        self.seen.update(frame.pad_index for frame in batch.frames)
        return self.gst.PadProbeReturn.OK

    def wait(self, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        while not until():
            assert time.monotonic() < deadline, (self.seen, self.told)
            message = self.pipeline.get_bus().timed_pop(20 * self.gst.MSECOND)
            if message is not None:
                self.read(message)

    def read(self, message: Any) -> None:
        kinds = self.gst.MessageType
        if message.type == kinds.ELEMENT and message.get_structure().has_field("sensor-id"):
            structure = message.get_structure()
            self.told.append((structure.get_name(), structure.get_string("sensor-id")))
        elif message.type == kinds.WARNING:
            self.told.append(("warning", message.parse_warning()[0].message))
        elif message.type in (kinds.EOS, kinds.ERROR):
            self.told.append(("end", str(message.type.first_value_nick)))

    def more(self, pad: int, frames: int = 3) -> None:
        wanted = self.seen[pad] + frames
        self.wait(lambda: self.seen[pad] >= wanted)

    def end(self) -> str:
        """How it ended."""
        self.wait(lambda: any(name == "end" for name, _ in self.told))
        return next(text for name, text in self.told if name == "end")


@pytest.fixture
def running() -> Iterator[Callable[[str], Running]]:
    made: list[Running] = []

    def start(settings: str) -> Running:
        made.append(Running(settings))
        return made[-1]

    yield start
    for one in made:
        one.pipeline.set_state(one.gst.State.NULL)


def ask(port: int, path: str, camera: str, uri: str) -> str:
    """The reason that a change of the streams is answered with."""
    change = f"camera_{path}"
    value = {"camera_id": camera, "camera_name": "", "camera_url": uri, "change": change}
    body = json.dumps({"key": "sensor", "value": value}).encode()
    address = f"http://127.0.0.1:{port}/api/v1/stream/{path}"
    with urllib.request.urlopen(urllib.request.Request(address, body), timeout=30) as answer:
        return str(json.load(answer)["reason"])


def uris(folder: Path, *lengths: int) -> list[str]:
    made = [write_video(folder / f"{n}.avi", moving(one)) for n, one in enumerate(lengths)]
    return [f"file://{one}" for one in made]


def test_a_list_of_files_is_played_to_its_end(
    running: Callable[[str], Running], tmp_path: Path
) -> None:
    both = ",".join(uris(tmp_path, 3, 5))
    one = running(f"{SIZE} port=0 max-batch-size=2 uri-list={both} sensor-id-list=left,right")
    assert one.end() == "eos"
    assert one.seen == {0: 3, 1: 5}
    assert ("stream-add", "right") in one.told


def test_streams_come_and_go_by_requests(running: Callable[[str], Running], tmp_path: Path) -> None:
    first, second = uris(tmp_path, 3, 4)
    port = free_port()
    one = running(f"{LIVE} ip-address=127.0.0.1 port={port} uri-list={first} sensor-id-list=left")
    one.more(0)
    for pad in (1, 2):  # a number is not given anew at once
        assert ask(port, "add", "right", second) == "STREAM_ADD_SUCCESS"
        one.more(pad)
        one.more(0)
        assert ask(port, "remove", "right", second) == "STREAM_REMOVE_SUCCESS"
        gone = one.seen[pad]
        one.more(0)
        assert one.seen[pad] <= gone + 1  # a batch may have been under way
    right = [("stream-add", "right"), ("stream-remove", "right")]
    one.wait(lambda: one.told == [("stream-add", "left"), *right * 2])


def test_a_pipeline_that_begins_without_a_stream_waits_for_one(
    running: Callable[[str], Running], tmp_path: Path
) -> None:
    (video,) = uris(tmp_path, 3)
    port = free_port()
    one = running(f"{LIVE} ip-address=127.0.0.1 port={port}")
    assert ask(port, "add", "only", video) == "STREAM_ADD_SUCCESS"
    one.more(0)


def test_a_stream_that_fails_goes_and_the_others_go_on(
    running: Callable[[str], Running], tmp_path: Path
) -> None:
    (video,) = uris(tmp_path, 3)
    settings = f"uri-list={video},file://{tmp_path}/none.mp4 sensor-id-list=good,bad"
    one = running(f"{LIVE} port=0 {settings}")
    one.wait(lambda: ("stream-remove", "bad") in one.told)
    one.more(0)
    assert one.seen.keys() == {0}
    (warning,) = [text for name, text in one.told if name == "warning"]
    assert warning.startswith("stream 1 is taken out: ")


def test_the_only_stream_that_fails_is_the_pipelines_failure(
    running: Callable[[str], Running], tmp_path: Path
) -> None:
    assert running(f"{SIZE} port=0 uri-list=file://{tmp_path}/none.mp4").end() == "error"


def test_what_has_ended_makes_room(running: Callable[[str], Running], tmp_path: Path) -> None:
    ends, second = uris(tmp_path, 2, 3)
    port = free_port()
    where = f"ip-address=127.0.0.1 port={port} max-batch-size=1 drop-pipeline-eos=1"
    one = running(f"{LIVE} file-loop=0 {where} uri-list={ends} sensor-id-list=first")
    one.more(0, 2)
    deadline = time.monotonic() + 20
    while True:
        try:
            assert ask(port, "add", "second", second) == "STREAM_ADD_SUCCESS"
            break
        except urllib.error.HTTPError:  # its end is still on the way
            assert time.monotonic() < deadline
            time.sleep(0.05)
    one.wait(lambda: one.seen[0] == 2 + 3)


@pytest.mark.parametrize("streams", [0, 1])
def test_an_end_that_is_sent_ends_everything(
    running: Callable[[str], Running], tmp_path: Path, streams: int
) -> None:
    listed = ",".join(uris(tmp_path, *[3] * streams))
    one = running(f'{LIVE} port=0 uri-list="{listed}"')
    if streams:
        one.more(0)
    one.pipeline.get_by_name("multi").send_event(one.gst.Event.new_eos())
    assert one.end() == "eos"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("port=http", "port=http is not in 0..65535"),
        ("port=0 mode=1", "mode=1: the CPU twin has no sound"),
        ("port=0 uri-list=a.mp4", "uri-list: a.mp4: Failed to add source stream"),
        ("port=0 uri-list=file:///a,file:///b max-batch-size=1", "exceded max-batch-size"),
        ("port=0 uri-list=file:///a,file:///b sensor-id-list=1,1", "Duplicate Camera id"),
        ("ip-address=192.0.2.1", "cannot listen at 192.0.2.1:9000"),
    ],
)
def test_wrong_properties_are_told_at_the_start(settings: str, message: str) -> None:
    from deepstream.twin.gst import Gst

    pipeline = Gst.parse_launch(f"nvmultiurisrcbin name=multi {SIZE} {settings} ! fakesink")
    assert pipeline.set_state(Gst.State.PLAYING) == Gst.StateChangeReturn.FAILURE
    told = str(pipeline.get_by_name("multi").failure)
    pipeline.set_state(Gst.State.NULL)
    assert message in told


def test_documented_properties_are_taken() -> None:
    from deepstream.twin.gst import Gst

    line = (
        "nvmultiurisrcbin port=9001 ip-address=localhost batched-push-timeout=33333"
        " max-batch-size=10 drop-pipeline-eos=1 live-source=1 uri-list=file:///a.mp4,rtsp://b/c"
        " width=1920 height=1080 sensor-id-list=1,2 sensor-name-list=a,b disable-audio=1"
        " latency=200 rtsp-reconnect-interval=10 rtsp-reconnect-attempts=3 select-rtp-protocol=4"
        " drop-on-latency=1 drop-frame-interval=2 file-loop=1 cudadec-memtype=2 gpu-id=0"
        " num-extra-surfaces=5 udp-buffer-size=1000 dec-skip-frames=1 buffer-mode=3"
        " low-latency-mode=1 smart-record=0 smart-rec-cache=20 smart-rec-dir-path=."
        " attach-sys-ts=1 sync-inputs=0 max-latency=0 nvbuf-memory-type=0 compute-hw=1"
        " interpolation-method=1 enable-padding=0 num-surfaces-per-frame=1 buffer-pool-size=4"
        " frame-num-reset-on-eos=0 frame-num-reset-on-stream-reset=0 frame-duration=-1"
        " extract-sei-type5-data=0 sei-uuid=a init-rtsp-reconnect-interval=5 sort-batch=1"
        " cache-buffer=0 enable-error-propagation=0 proto-lib=a conn-str=a;1 topic=t mode=0"
    )
    assert Gst.parse_launch(line) is not None
