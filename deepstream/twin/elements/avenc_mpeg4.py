"""``avenc_mpeg4`` with times: GStreamer's own (1.22, with FFmpeg 5) loses them in this encoder.

NVIDIA's samples and deepstream-app's MPEG-4 files use it, and no muxer takes frames without times.
The encoder inside is GStreamer's, whose frames come out in the order in which they went in.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from deepstream.twin.elements.nvmm import put, template, weakly
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded

REPLACES = True  # GStreamer's element of this name
NONSENSE = 1 << 63  # FFmpeg's "no time", taken for one
RAW = Gst.Caps("video/x-raw, format=I420")
CODED = Gst.Caps("video/mpeg, mpegversion=4, systemstream=false")
_factory = Gst.ElementFactory.find("avenc_mpeg4")
_original = _factory.load() if _factory else None


class Mpeg4Encoder(Gst.Bin):  # type: ignore[misc]
    __gtype_name__ = "t2e-avenc-mpeg4"
    __gstmetadata__ = ("MPEG-4 encoder", "Codec/Encoder/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", RAW), template("src", CODED))

    bitrate = GObject.Property(type=int, default=200_000, nick="bit/s")
    gop_size = GObject.Property(type=int, default=12)

    def __init__(self) -> None:
        super().__init__()
        self.times: deque[int] = deque()
        assert _original is not None
        self.encoder = _original.create(None)
        self.add(self.encoder)
        for name, look in (("sink", self.remember), ("src", self.restore)):
            pad = self.encoder.get_static_pad(name)
            pad.add_probe(Gst.PadProbeType.BUFFER, weakly(look))
            shown = self.get_pad_template(name)
            self.add_pad(Gst.GhostPad.new_from_template(name, pad, shown))
        self.connect("notify", self.apply)
        self.apply()

    @guarded(None)
    def apply(self, *_changed: Any) -> None:
        put(self.encoder, bitrate=self.bitrate, gop_size=self.gop_size)

    @guarded(Gst.PadProbeReturn.OK)
    def remember(self, _pad: Any, info: Any) -> Any:
        self.times.append(info.get_buffer().pts)
        return Gst.PadProbeReturn.OK

    @guarded(Gst.PadProbeReturn.OK)
    def restore(self, pad: Any, info: Any) -> Any:
        """An encoder moves its segment, to have room for times below zero: frames move with it."""
        buffer, time = info.get_buffer(), self.times.popleft()
        if buffer.pts >= NONSENSE:
            moved = _start(pad) - _start(self.encoder.get_static_pad("sink"))
            buffer.pts = buffer.dts = time + moved
        return Gst.PadProbeReturn.OK


def _start(pad: Any) -> int:
    return int(pad.get_sticky_event(Gst.EventType.SEGMENT, 0).parse_segment().start)


ELEMENT = Mpeg4Encoder if _original is not None else None
