"""Cameras into one mux, and which of their frames came out."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tests.deepstream.twin.cameras import BITS, number_of

PATIENCE = 40  # seconds for what takes two; the machine may be busy


class Player:
    """Live sources into one mux; the numbers that the frames show, and when they came, by pad."""

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
        self.times: dict[int, list[float]] = defaultdict(list)
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
            self.times[frame.pad_index].append(time.monotonic())
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
