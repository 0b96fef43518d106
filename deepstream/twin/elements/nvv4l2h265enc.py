"""``nvv4l2h265enc``: H.265 by x265, always 4:2:0."""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvmm import either, encoding, make, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded

# As NVENC by default: no frames out of order, nothing held back.
LIKE_NVENC = {"speed_preset": "ultrafast", "tune": "zerolatency"}


class H265Encoder(Gst.Bin):  # type: ignore[misc]
    __gtype_name__ = "nvv4l2h265enc"
    __gstmetadata__ = ("H.265 encoder", "Codec/Encoder/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", either()), template("src", Gst.Caps("video/x-h265")))

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
        self.encoder = make("x265enc", **LIKE_NVENC)
        self.connect("notify", self.apply)
        encoding(self, self.encoder, make("capsfilter", caps="video/x-h265,profile=(string)main"))
        self.apply()

    @guarded(None)
    def apply(self, *_changed: Any) -> None:
        """Hand NVIDIA's properties on to x265enc (kbit/s, frames between key frames)."""
        self.encoder.set_property("bitrate", max(1, self.bitrate // 1000))
        self.encoder.set_property("key-int-max", self.iframeinterval or -1)


ELEMENT = H265Encoder
