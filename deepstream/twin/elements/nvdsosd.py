"""``nvdsosd``: draws what the metadata says into the picture."""

from __future__ import annotations

import time
from typing import Any

from deepstream.app_sections import Color
from deepstream.twin import style
from deepstream.twin.drawing import draw, write
from deepstream.twin.elements.nvmm import either, template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import NvDsFrameMeta, find, picture
from deepstream.twin.metadata.osd import NvOSD_TextParams
from deepstream.twin.metadata.pixels import pixels_at

FORMAT = either("format=RGBA")


class Osd(GstBase.BaseTransform):  # type: ignore[misc]
    """``app-style`` and the properties after it are the twin's own.

    With it objects are drawn as deepstream-app has them drawn, which on a device writes its colours
    and texts into the metadata before this element.
    """

    __gtype_name__ = "nvdsosd"
    __gstmetadata__ = ("On-screen display", "Filter/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", FORMAT), template("src", FORMAT))

    process_mode = GObject.Property(type=int, default=0)
    display_text = GObject.Property(type=bool, default=True)
    display_bbox = GObject.Property(type=bool, default=True)
    display_mask = GObject.Property(type=bool, default=False)
    display_clock = GObject.Property(type=bool, default=False)
    clock_font = GObject.Property(type=str, default="Serif")
    clock_font_size = GObject.Property(type=GObject.TYPE_UINT, default=12)
    x_clock_offset = GObject.Property(type=GObject.TYPE_UINT, default=0)
    y_clock_offset = GObject.Property(type=GObject.TYPE_UINT, default=0)
    clock_color = GObject.Property(type=GObject.TYPE_UINT, default=0xFF0000FF, nick="RGBA")
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    app_style = GObject.Property(type=bool, default=False)
    border_width = GObject.Property(type=GObject.TYPE_UINT, default=2)
    text_size = GObject.Property(type=GObject.TYPE_UINT, default=12)
    text_color = GObject.Property(type=str, default="1;1;1;1")
    text_bg_color = GObject.Property(type=str, default="0;0;0;0")
    class_colors = GObject.Property(type=str, default="", nick="0:r;g;b;a|1:r;g;b;a")
    show_ids = GObject.Property(type=bool, default=True)

    def __init__(self) -> None:
        super().__init__()
        self.set_in_place(True)
        self.style: style.Style | None = None

    @guarded(False)
    def do_start(self) -> bool:
        self.style = self._style() if self.app_style else None
        return True

    def _style(self) -> style.Style:
        return style.Style(
            border_width=self.border_width,
            text_size=self.text_size,
            text_color=_color(self.text_color),
            text_background=_color(self.text_bg_color),
            ids=self.show_ids,
            colors=dict(_colors(self.class_colors)),
        )

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None:
            return Gst.FlowReturn.OK
        frames = [one for one in batch.frames if one.objects or one.displays]
        if self.display_clock:
            frames = batch.frames
        for frame in frames:
            if batch.surfaces > 1:
                place = frame.batch_id, frame.width, frame.height
                self._draw(pixels_at(hash(buffer), *place), frame)
                continue
            with buffer.map(Gst.MapFlags.READ | Gst.MapFlags.WRITE) as info:
                self._draw(picture(info.data, frame), frame)
        return Gst.FlowReturn.OK

    def _draw(self, pixels: Any, frame: NvDsFrameMeta) -> None:
        if self.style is not None:
            for one in frame.objects:
                style.apply(one, self.style, (frame.width, frame.height))
        draw(
            pixels,
            frame,
            boxes=self.display_bbox,
            text=self.display_text,
            masks=self.display_mask,
        )
        if self.display_clock:
            write(pixels, self._clock())

    def _clock(self) -> NvOSD_TextParams:
        text = NvOSD_TextParams(x_offset=self.x_clock_offset, y_offset=self.y_clock_offset)
        text.display_text = time.strftime("%a %b %d %H:%M:%S %Y")
        text.font_params.font_size = self.clock_font_size
        parts = ((self.clock_color >> shift & 0xFF) / 255 for shift in (24, 16, 8, 0))
        text.font_params.font_color.set(*parts)
        return text


def _color(text: str) -> Color:
    red, green, blue, alpha = (float(one) for one in text.split(";"))
    return red, green, blue, alpha


def _colors(text: str) -> list[tuple[int, Color]]:
    pairs = (one.split(":") for one in text.split("|") if one)
    return [(int(number), _color(color)) for number, color in pairs]


ELEMENT = Osd
