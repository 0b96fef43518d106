"""``nvv4l2h264enc``: H.264 by x264, always 4:2:0, which NVDEC and browsers play."""

from __future__ import annotations

from deepstream.twin.elements.encoder import VideoEncoder
from deepstream.twin.elements.nvmm import either, template
from deepstream.twin.gst import GObject, Gst

PROFILES = {0: "baseline", 2: "main", 4: "high"}  # NVIDIA's numbers, gst-nvvideo4linux2


class H264Encoder(VideoEncoder):
    __gtype_name__ = "nvv4l2h264enc"
    __gstmetadata__ = ("H.264 encoder", "Codec/Encoder/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", either()), template("src", Gst.Caps("video/x-h264")))
    factory, parser, preset = "x264enc", "h264parse", "veryfast"

    insert_vui = GObject.Property(type=bool, default=False)
    insert_aud = GObject.Property(type=bool, default=False)
    peak_bitrate = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="bit/s")
    tuning_info_id = GObject.Property(type=int, default=1)

    def coded(self) -> str:
        profile = PROFILES.get(self.profile, "high")
        allowed = "baseline, constrained-baseline" if profile == "baseline" else profile
        return f"video/x-h264,profile=(string){{{allowed}}}"


ELEMENT = H264Encoder
