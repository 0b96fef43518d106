"""What happens to one stream is nobody else's business: the others lose no frame and no time."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.deepstream.twin.cameras import BITS, RATE, Camera, number_of

pytestmark = pytest.mark.usefixtures("gstreamer")
PATIENCE = 40  # seconds for what takes two; the machine may be busy


@pytest.fixture
def cameras() -> Iterator[Callable[..., Camera]]:
    made: list[Camera] = []

    def make(count: int = 1) -> Camera:
        made.append(Camera(count).start())
        return made[-1]

    yield make
    for camera in made:
        camera.kill()


class Player:
    """Live sources into one mux; the numbers that the frames show, by pad."""

    def __init__(self, addresses: list[str], **mux: Any) -> None:
        from deepstream.twin.gst import Gst

        settings = " ".join(f"{key.replace('_', '-')}={value}" for key, value in mux.items())
        self.gst = Gst
        self.pipeline = Gst.parse_launch(
            "nvstreammux name=mux width=64 height=48 batch-size=4 live-source=1"
            f" batched-push-timeout=40000 {settings} ! fakesink name=end sync=false"
        )
        self.mux = self.pipeline.get_by_name("mux")
        self.shown: dict[int, list[int]] = defaultdict(list)
        end = self.pipeline.get_by_name("end").get_static_pad("sink")
        end.add_probe(Gst.PadProbeType.BUFFER, self.note)
        for number, address in enumerate(addresses):
            self.add(number, address)

    def note(self, _pad: Any, info: Any) -> Any:
        from deepstream.twin.metadata import find, picture

        buffer = info.get_buffer()
        batch = find(buffer)
        assert batch is not None
        for frame in batch.frames:
            with buffer.get_memory(frame.batch_id).map(self.gst.MapFlags.READ) as data:
                number = number_of(picture(data.data, frame))
            self.shown[frame.pad_index].append(number)
        return self.gst.PadProbeReturn.OK

    def add(self, number: int, address: str) -> Any:
        source = self.gst.ElementFactory.make("nvurisrcbin", f"source{number}")
        for name, value in {"uri": address, "latency": 50, "select-rtp-protocol": 4}.items():
            source.set_property(name, value)
        source.set_property("rtsp-reconnect-interval", 1)
        source.set_property("init-rtsp-reconnect-interval", 3)
        self.pipeline.add(source)
        pad = self.mux.request_pad_simple(f"sink_{number}")
        source.connect("pad-added", lambda _source, new: new.link(pad))
        return source

    def remove(self, number: int) -> None:
        """As NVIDIA's sample for sources that come and go does it."""
        source = self.pipeline.get_by_name(f"source{number}")
        source.set_state(self.gst.State.NULL)
        pad = self.mux.get_static_pad(f"sink_{number}")
        pad.send_event(self.gst.Event.new_flush_stop(False))
        self.mux.release_request_pad(pad)
        self.pipeline.remove(source)

    def __enter__(self) -> Player:
        self.pipeline.set_state(self.gst.State.PLAYING)
        return self

    def __exit__(self, *_error: object) -> None:
        self.pipeline.set_state(self.gst.State.NULL)

    def wait(self, what: str, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not until():
            assert time.monotonic() < deadline, f"no {what} in {PATIENCE} s: {self.seen()}"
            error = self.pipeline.get_bus().pop_filtered(self.gst.MessageType.ERROR)
            assert error is None, error.parse_error()
            time.sleep(0.05)

    def more(self, number: int, frames: int) -> None:
        wanted = len(self.shown[number]) + frames
        self.wait(f"frames of {number}", lambda: len(self.shown[number]) >= wanted)

    def seen(self) -> dict[int, int]:
        return {number: len(shown) for number, shown in self.shown.items()}

    def lost(self, number: int) -> int:
        """How many frames are missing between the first and the last that came."""
        shown = self.shown[number]
        steps = ((b - a) % 2**BITS for a, b in pairwise(shown))
        return sum(step - 1 for step in steps)


def test_a_camera_that_dies_and_one_that_freezes_come_back_and_disturb_nobody(
    cameras: Callable[..., Camera],
) -> None:
    steady, dying, freezing = cameras(), cameras(), cameras()
    with Player([steady.address(), dying.address(), freezing.address()]) as player:
        for number in range(3):
            player.more(number, 3)
        dying.kill()
        freezing.freeze()
        before = player.seen()
        player.more(0, 3 * RATE)
        assert player.seen()[1] < before[1] + RATE
        assert player.seen()[2] < before[2] + RATE
        dying.start()
        freezing.thaw()
        for number in (1, 2):
            player.more(number, RATE)
        assert player.lost(0) == 0


def test_a_source_is_added_and_removed_while_another_runs(cameras: Callable[..., Camera]) -> None:
    camera = cameras(3)
    with Player([camera.address(0)]) as player:
        player.more(0, 3)
        for _ in range(2):
            player.add(1, camera.address(1)).sync_state_with_parent()
            player.more(1, 3)
            player.remove(1)
            player.more(0, 3)
        assert player.lost(0) == 0


def test_a_mux_goes_on_when_a_frozen_camera_never_gave_a_frame(
    cameras: Callable[..., Camera],
) -> None:
    steady, frozen = cameras(), cameras()
    frozen.freeze()
    with Player([steady.address(), frozen.address()]) as player:
        player.more(0, RATE)
        frozen.thaw()
        player.more(1, 3)
        assert player.lost(0) == 0
