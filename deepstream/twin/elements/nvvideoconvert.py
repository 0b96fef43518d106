"""``nvvideoconvert``: colour and size conversion, by videoconvertscale."""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvmm import CONVERT, Label, Strip, chain, either, make, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import find
from train2edge.errors import WorkError


class Pictures(Strip):
    """Lets batches pass where nothing is converted: a converter of GStreamer's sees one picture."""

    __gtype_name__ = "t2e-pictures"
    converter: Any = None

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is not None and batch.surfaces > 1 and not self.converter.is_passthrough():
            raise WorkError(
                "the CPU twin converts single pictures, not batches of several",
                hint="keep batches RGBA, and convert behind nvmultistreamtiler or nvstreamdemux",
            )
        return Gst.FlowReturn.OK


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
        entry = Pictures()
        entry.converter = make("videoconvertscale", **CONVERT)
        chain(self, entry, entry.converter, Label())

    @guarded(Gst.StateChangeReturn.FAILURE)
    def do_change_state(self, transition: Any) -> Any:
        """Nothing of its own: what C has made and Python never sees again is never let go of."""
        return Gst.Bin.do_change_state(self, transition)


ELEMENT = VideoConvert
