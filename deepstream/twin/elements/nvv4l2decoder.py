"""``nvv4l2decoder``: H.264, H.265, JPEG, ... to raw frames, by decodebin's choice on the CPU."""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvmm import Label, either, make, row, template, weakly
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded

DROPPED = Gst.FlowReturn.CUSTOM_SUCCESS  # GST_BASE_TRANSFORM_FLOW_DROPPED
TRY, SKIP = 0, 2  # GstAutoplugSelectResult
CODED = "video/x-h264; video/x-h265; image/jpeg; video/mpeg; video/x-vp8; video/x-vp9"


class Thinned(Label):
    """Passes every Nth frame (``drop-frame-interval``); 0 and 1 are all of them."""

    every = count = 0

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, _buffer: Any) -> Any:
        self.count += 1
        dropped = self.every > 1 and (self.count - 1) % self.every
        return DROPPED if dropped else Gst.FlowReturn.OK


GObject.type_register(Thinned)


class Decoder(Gst.Bin):  # type: ignore[misc]
    __gtype_name__ = "nvv4l2decoder"
    __gstmetadata__ = ("Video decoder", "Codec/Decoder/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", Gst.Caps(CODED)), template("src", either()))

    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    drop_frame_interval = GObject.Property(type=GObject.TYPE_UINT, default=0)
    num_extra_surfaces = GObject.Property(type=GObject.TYPE_UINT, default=0)
    enable_max_performance = GObject.Property(type=bool, default=False)
    cudadec_memtype = GObject.Property(type=GObject.TYPE_UINT, default=0)
    low_latency_mode = GObject.Property(type=bool, default=False)
    skip_frames = GObject.Property(type=GObject.TYPE_UINT, default=0)
    mjpeg = GObject.Property(type=GObject.TYPE_UINT, default=0)
    skip_frames = GObject.Property(type=GObject.TYPE_UINT, default=0)
    cudadec_memtype = GObject.Property(type=GObject.TYPE_UINT, default=0)
    low_latency_mode = GObject.Property(type=bool, default=False)
    disable_dpb = GObject.Property(type=bool, default=False)
    enable_full_frame = GObject.Property(type=bool, default=False)
    enable_frame_type_reporting = GObject.Property(type=bool, default=False)
    enable_error_check = GObject.Property(type=bool, default=False)
    bufapi_version = GObject.Property(type=bool, default=False)
    capture_buffer_dynamic_allocation = GObject.Property(type=GObject.TYPE_UINT, default=0)

    def __init__(self) -> None:
        super().__init__()
        decode, self.label = make("decodebin"), Thinned()
        row(self, decode)
        row(self, self.label)
        decode.connect("autoplug-select", weakly(self.choose))
        decode.connect("pad-added", weakly(self.link_decoded))
        for name, element in (("sink", decode), ("src", self.label)):
            pad = Gst.GhostPad.new_from_template(
                name, element.get_static_pad(name), self.get_pad_template(name)
            )
            self.add_pad(pad)

    @guarded(Gst.StateChangeReturn.FAILURE)
    def do_change_state(self, transition: Any) -> Any:
        if transition == Gst.StateChange.NULL_TO_READY:
            self.label.every = self.drop_frame_interval
        return Gst.Bin.do_change_state(self, transition)

    @guarded(TRY)
    def choose(self, _decode: Any, _pad: Any, _caps: Any, factory: Any) -> int:
        """Not itself again, where it is what uridecodebin takes."""
        return SKIP if factory.get_name() == "nvv4l2decoder" else TRY

    @guarded(None)
    def link_decoded(self, _decode: Any, pad: Any) -> None:
        pad.link(self.label.get_static_pad("sink"))


ELEMENT = Decoder
