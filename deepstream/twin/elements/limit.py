"""Ends a stream after so many frames. (GStreamer's identity lets frames through again after it.)"""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvmm import template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded


class Limit(GstBase.BaseTransform):  # type: ignore[misc]
    """Lets ``left`` buffers through, then ends the stream below and tells those above."""

    __gstmetadata__ = ("Frame limit", "Filter", "train2edge twin", "train2edge")
    __gsttemplates__ = (
        template("sink", Gst.Caps.new_any()),
        template("src", Gst.Caps.new_any()),
    )

    def __init__(self) -> None:
        super().__init__()
        self.set_passthrough(True)
        self.left = 0
        self.ended = False

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, _buffer: Any) -> Any:
        if self.left > 0:
            self.left -= 1
            return Gst.FlowReturn.OK
        self.end()
        return Gst.FlowReturn.EOS

    def end(self) -> None:
        """End the stream below, if that is not done."""
        if not self.ended:
            self.ended = True
            self.srcpad.push_event(Gst.Event.new_eos())


GObject.type_register(Limit)
