"""``nvdsosd``: draws the objects of the metadata into the picture."""

from __future__ import annotations

from typing import Any

from deepstream.app_sections import Color
from deepstream.twin.drawing import Style, draw
from deepstream.twin.elements.nvmm import either, template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import find, picture

FORMAT = either("format=RGBA")


class Osd(GstBase.BaseTransform):  # type: ignore[misc]
    """``border-width``, ``text-...`` and ``class-colors`` are ours: deepstream-app keeps them."""

    __gstmetadata__ = ("On-screen display", "Filter/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", FORMAT), template("src", FORMAT))

    process_mode = GObject.Property(type=int, default=0)
    display_text = GObject.Property(type=bool, default=True)
    display_bbox = GObject.Property(type=bool, default=True)
    display_mask = GObject.Property(type=bool, default=False)
    display_clock = GObject.Property(type=bool, default=False)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    border_width = GObject.Property(type=GObject.TYPE_UINT, default=2)
    text_size = GObject.Property(type=GObject.TYPE_UINT, default=12)
    text_color = GObject.Property(type=str, default="1;1;1;1")
    text_bg_color = GObject.Property(type=str, default="0;0;0;0")
    class_colors = GObject.Property(type=str, default="", nick="0:r;g;b;a|1:r;g;b;a")
    show_ids = GObject.Property(type=bool, default=True)

    def __init__(self) -> None:
        super().__init__()
        self.set_in_place(True)
        self.style = Style()

    @guarded(False)
    def do_start(self) -> bool:
        self.style = Style(
            border_width=self.border_width,
            text_size=self.text_size,
            text_color=_color(self.text_color),
            text_background=_color(self.text_bg_color),
            boxes=self.display_bbox,
            text=self.display_text,
            ids=self.show_ids,
            colors=dict(_colors(self.class_colors)),
        )
        return True

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None or not any(frame.objects for frame in batch.frames):
            return Gst.FlowReturn.OK
        if batch.surfaces != 1:
            raise RuntimeError("nvdsosd needs one picture: nvmultistreamtiler or nvstreamdemux")
        objects = [one for frame in batch.frames for one in frame.objects]
        with buffer.map(Gst.MapFlags.READ | Gst.MapFlags.WRITE) as info:
            draw(picture(info.data, batch.frames[0]), objects, self.style)
        return Gst.FlowReturn.OK


def _color(text: str) -> Color:
    red, green, blue, alpha = (float(one) for one in text.split(";"))
    return red, green, blue, alpha


def _colors(text: str) -> list[tuple[int, Color]]:
    pairs = (one.split(":") for one in text.split("|") if one)
    return [(int(number), _color(color)) for number, color in pairs]


ELEMENT = Osd
