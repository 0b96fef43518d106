"""``nvvideoconvert``: colour and size conversion, by videoconvertscale."""

from __future__ import annotations

from deepstream.twin.elements.nvmm import CONVERT, Label, Strip, chain, either, make, template
from deepstream.twin.gst import GObject, Gst


class VideoConvert(Gst.Bin):  # type: ignore[misc]
    __gtype_name__ = "nvvideoconvert"
    __gstmetadata__ = ("Video converter", "Filter/Converter", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", either()), template("src", either()))

    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    nvbuf_memory_type = GObject.Property(type=int, default=0)
    compute_hw = GObject.Property(type=int, default=0)
    interpolation_method = GObject.Property(type=int, default=6)

    def __init__(self) -> None:
        super().__init__()
        chain(self, Strip(), make("videoconvertscale", **CONVERT), Label())


ELEMENT = VideoConvert
