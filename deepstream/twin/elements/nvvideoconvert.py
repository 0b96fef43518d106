"""``nvvideoconvert``: colour and size conversion, by videoconvertscale.

A converter of GStreamer's sees one picture in a buffer. A batch of several is therefore taken
apart before it, where there is something to convert, and put together again behind it.
"""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvmm import CONVERT, Label, Strip, chain, either, make, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import NvDsBatchMeta, attach, find

TAKEN = Gst.FlowReturn.CUSTOM_SUCCESS  # GST_BASE_TRANSFORM_FLOW_DROPPED: not pushed from here


class Together(Label):
    """Makes a batch again of the pictures that ``Apart`` announces."""

    __gtype_name__ = "t2e-together"

    def __init__(self) -> None:
        super().__init__()
        self.batch: NvDsBatchMeta | None = None
        self.whole: Any = None
        self.size = (0, 0)

    @guarded(False)
    def do_set_caps(self, caps: Any, _out: Any) -> bool:
        fields = caps.get_structure(0)
        self.size = fields.get_int("width")[1], fields.get_int("height")[1]
        return True

    def expect(self, batch: NvDsBatchMeta, pts: int, duration: int) -> None:
        self.batch, self.whole = batch, Gst.Buffer.new()
        self.whole.pts, self.whole.duration = pts, duration

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        if self.batch is None:
            self._tell_size(buffer, find(buffer))
            return Gst.FlowReturn.OK
        self.whole.append_memory(buffer.get_memory(0))
        if self.whole.n_memory() < self.batch.surfaces:
            return TAKEN
        attach(self.whole, self.batch)
        self._tell_size(self.whole, self.batch)
        whole, self.batch, self.whole = self.whole, None, None
        flow = self.srcpad.push(whole)
        return TAKEN if flow == Gst.FlowReturn.OK else flow

    def _tell_size(self, buffer: Any, batch: NvDsBatchMeta | None) -> None:
        """A batch's pictures are as large as the caps say; boxes stay what they were."""
        if batch is None or all((one.width, one.height) == self.size for one in batch.frames):
            return
        resized = batch.copy()
        for frame in resized.frames:
            frame.width, frame.height = self.size
        attach(buffer, resized)


class Apart(Strip):
    """Gives the converter the pictures of a batch one by one; what it need not see stays whole."""

    __gtype_name__ = "t2e-apart"
    converter: Any = None
    exit: Together

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None or batch.surfaces < 2 or self.converter.is_passthrough():
            return Gst.FlowReturn.OK
        self.exit.expect(batch, buffer.pts, buffer.duration)
        for index in range(buffer.n_memory()):
            single = Gst.Buffer.new()
            single.append_memory(buffer.get_memory(index))
            single.pts, single.duration = buffer.pts, buffer.duration
            flow = self.srcpad.push(single)
            if flow != Gst.FlowReturn.OK:
                return flow
        return TAKEN


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
        entry = Apart()
        entry.converter, entry.exit = make("videoconvertscale", **CONVERT), Together()
        chain(self, entry, entry.converter, entry.exit)

    @guarded(Gst.StateChangeReturn.FAILURE)
    def do_change_state(self, transition: Any) -> Any:
        """Nothing of its own: what C has made and Python never sees again is never let go of."""
        return Gst.Bin.do_change_state(self, transition)


ELEMENT = VideoConvert
