"""What NVIDIA's two video encoders have in common: their properties, and pictures made 4:2:0."""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvmm import either, encoding, make, put, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded

CODED = "video/x-h264; video/x-h265"


class VideoEncoder(Gst.Bin):  # type: ignore[misc]
    """``factory`` does the work, with ``preset``; as NVENC by default no frame is out of order.

    ``parser`` repeats the parameter sets where that is asked for. ``coded`` are the caps of what
    comes out, its profile among them.
    """

    # GStreamer makes an element from its first class on: these are there before the encoder's own.
    __gsttemplates__ = (template("sink", either()), template("src", Gst.Caps(CODED)))
    factory: str
    parser: str
    preset: str

    bitrate = GObject.Property(type=GObject.TYPE_UINT, default=4_000_000, nick="bit/s")
    profile = GObject.Property(type=int, default=0)
    iframeinterval = GObject.Property(type=GObject.TYPE_UINT, default=30)
    idrinterval = GObject.Property(type=GObject.TYPE_UINT, default=256)
    preset_level = GObject.Property(type=int, default=1)
    preset_id = GObject.Property(type=int, default=1)
    control_rate = GObject.Property(type=int, default=1)
    insert_sps_pps = GObject.Property(type=bool, default=False)
    maxperf_enable = GObject.Property(type=bool, default=False)
    num_B_Frames = GObject.Property(type=GObject.TYPE_UINT, default=0)
    bufapi_version = GObject.Property(type=bool, default=False)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)

    def __init__(self) -> None:
        super().__init__()
        self.encoder = make(self.factory, speed_preset=self.preset, tune="zerolatency")
        self.profiled = make("capsfilter")
        self.repeats = make(self.parser)
        self.connect("notify", self.apply)
        encoding(self, self.encoder, self.profiled, self.repeats)
        self.apply()

    def coded(self) -> str:
        raise NotImplementedError

    def key_frames(self) -> int:
        """Frames between two of them, as ``factory`` takes the number."""
        return int(self.iframeinterval)

    @guarded(None)
    def apply(self, *_changed: Any) -> None:
        """Hand NVIDIA's properties on to the encoder, which counts in kbit/s."""
        put(self.encoder, bitrate=max(1, self.bitrate // 1000), key_int_max=self.key_frames())
        put(self.repeats, config_interval=-1 if self.insert_sps_pps else 0)
        put(self.profiled, caps=self.coded())
