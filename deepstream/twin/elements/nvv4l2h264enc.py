"""``nvv4l2h264enc``: H.264 by x264, always 4:2:0, which NVDEC and browsers play."""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvmm import either, encoding, make, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded

PROFILES = {0: "baseline", 2: "main", 4: "high"}  # NVIDIA's numbers, gst-nvvideo4linux2

# As NVENC by default: no frames out of order, nothing held back.
LIKE_NVENC = {"speed_preset": "veryfast", "tune": "zerolatency"}


class H264Encoder(Gst.Bin):  # type: ignore[misc]
    __gtype_name__ = "nvv4l2h264enc"
    __gstmetadata__ = ("H.264 encoder", "Codec/Encoder/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", either()), template("src", Gst.Caps("video/x-h264")))

    bitrate = GObject.Property(type=GObject.TYPE_UINT, default=4_000_000, nick="bit/s")
    profile = GObject.Property(type=int, default=0)
    iframeinterval = GObject.Property(type=GObject.TYPE_UINT, default=30)
    idrinterval = GObject.Property(type=GObject.TYPE_UINT, default=256)
    preset_level = GObject.Property(type=int, default=1)
    preset_id = GObject.Property(type=int, default=1)
    control_rate = GObject.Property(type=int, default=1)
    insert_sps_pps = GObject.Property(type=bool, default=False)
    insert_vui = GObject.Property(type=bool, default=False)
    insert_aud = GObject.Property(type=bool, default=False)
    maxperf_enable = GObject.Property(type=bool, default=False)
    num_B_Frames = GObject.Property(type=GObject.TYPE_UINT, default=0)
    bufapi_version = GObject.Property(type=bool, default=False)
    peak_bitrate = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="bit/s")
    tuning_info_id = GObject.Property(type=int, default=1)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)

    def __init__(self) -> None:
        super().__init__()
        self.encoder = make("x264enc", **LIKE_NVENC)
        self.profiled = make("capsfilter")
        self.connect("notify", self.apply)
        encoding(self, self.encoder, self.profiled)
        self.apply()

    @guarded(None)
    def apply(self, *_changed: Any) -> None:
        """Hand NVIDIA's properties on to x264enc (kbit/s, frames between key frames)."""
        self.encoder.set_property("bitrate", max(1, self.bitrate // 1000))
        self.encoder.set_property("key-int-max", self.iframeinterval)
        profile = PROFILES.get(self.profile, "high")
        caps = Gst.Caps.from_string(f"video/x-h264,profile=(string){{{_allowed(profile)}}}")
        self.profiled.set_property("caps", caps)


def _allowed(profile: str) -> str:
    return "baseline, constrained-baseline" if profile == "baseline" else profile


ELEMENT = H264Encoder
