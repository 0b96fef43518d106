"""``nvv4l2h265enc``: H.265 by x265, always 4:2:0."""

from __future__ import annotations

from deepstream.twin.elements.encoder import VideoEncoder
from deepstream.twin.elements.nvmm import either, template
from deepstream.twin.gst import Gst


class H265Encoder(VideoEncoder):
    __gtype_name__ = "nvv4l2h265enc"
    __gstmetadata__ = ("H.265 encoder", "Codec/Encoder/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", either()), template("src", Gst.Caps("video/x-h265")))
    factory, parser, preset = "x265enc", "h265parse", "ultrafast"

    def coded(self) -> str:
        return "video/x-h265,profile=(string)main"

    def key_frames(self) -> int:
        return self.iframeinterval or -1


ELEMENT = H265Encoder
