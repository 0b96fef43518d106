"""What elements have in common that make new pictures of ``width`` x ``height`` of a batch."""

from __future__ import annotations

from typing import Any

from deepstream.twin.colors import BATCHED, Colors
from deepstream.twin.elements.nvmm import FEATURE, either, of_parent, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import NvDsBatchMeta, find

FORMAT = either("format=RGBA")


class Resized(Gst.Element):  # type: ignore[misc]
    """``made`` gives the buffer that is pushed for one that came, and attaches its metadata."""

    __gsttemplates__ = (template("sink", BATCHED), template("src", FORMAT))

    width = GObject.Property(type=GObject.TYPE_UINT, default=1280)
    height = GObject.Property(type=GObject.TYPE_UINT, default=720)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)

    def __init__(self) -> None:
        super().__init__()
        self.colors = Colors()
        sink = Gst.Pad.new_from_template(self.get_pad_template("sink"), "sink")
        self.src = Gst.Pad.new_from_template(self.get_pad_template("src"), "src")
        sink.set_chain_function_full(of_parent("pass_buffer"))
        sink.set_event_function_full(of_parent("pass_event"))
        self.add_pad(sink)
        self.add_pad(self.src)

    def made(self, buffer: Any, batch: NvDsBatchMeta) -> Any:
        raise NotImplementedError

    @guarded(False)
    def pass_event(self, _pad: Any, _parent: Any, event: Any) -> bool:
        if event.type != Gst.EventType.CAPS:
            return bool(self.src.push_event(event))
        caps = event.parse_caps().copy()
        self.colors.take(caps)
        if self.colors.matrix is not None:
            caps.set_value("format", "RGBA")
            caps.set_value("colorimetry", "sRGB")
        caps.set_value("width", self.width)
        caps.set_value("height", self.height)
        caps.set_value("pixel-aspect-ratio", Gst.Fraction(1, 1))
        caps.set_features(0, Gst.CapsFeatures.from_string(FEATURE))
        return bool(self.src.push_event(Gst.Event.new_caps(caps)))

    @guarded(Gst.FlowReturn.ERROR)
    def pass_buffer(self, _pad: Any, _parent: Any, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None:
            raise RuntimeError(f"{self.get_factory().get_name()} needs nvstreammux before it")
        return self.src.push(self.made(buffer, batch))
