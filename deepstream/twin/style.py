"""How deepstream-app has objects drawn: it writes its own colours and texts into the metadata."""

from __future__ import annotations

from dataclasses import dataclass, field

from deepstream.app_sections import Color
from deepstream.twin.drawing import size_of
from deepstream.twin.metadata import NvDsObjectMeta
from deepstream.twin.metadata.osd import NvOSD_RectParams
from train2edge.detections import UNTRACKED

Size = tuple[int, int]
UNSET = (1.0, 0.0, 0.0, 1.0)  # nvinfer's default: the same red for every class
# Bright, far apart, and still distinct after 4:2:0 chroma; one a class, then again.
PALETTE = (
    (0, 200, 255),
    (255, 176, 0),
    (124, 252, 60),
    (255, 82, 120),
    (190, 130, 255),
    (255, 240, 70),
    (60, 140, 255),
    (255, 128, 220),
    (0, 230, 170),
    (255, 120, 40),
)
DARK, BRIGHT = (16 / 255, 16 / 255, 16 / 255, 1.0), (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Style:
    """``text_size`` in points; a background of alpha 0 means the box's own colour."""

    border_width: int = 2
    text_size: int = 12
    text_color: Color = (1.0, 1.0, 1.0, 1.0)
    text_background: Color = (0.0, 0.0, 0.0, 0.0)
    ids: bool = True
    colors: dict[int, Color] = field(default_factory=dict)


def apply(one: NvDsObjectMeta, style: Style, size: tuple[int, int]) -> None:
    """Write ``style`` into the object; ``size`` is the picture's width, height."""
    color = color_of(one, style)
    one.rect_params.border_width = style.border_width
    one.rect_params.border_color.set(*color)
    background, ink = _inks(color, style)
    text = one.text_params
    written = text_of(one, style)
    text.display_text = written
    text.font_params.font_size = style.text_size
    text.font_params.font_color.set(*ink)
    text.set_bg_clr = 1
    text.text_bg_clr.set(*background)
    width, height, _ = size_of(written, style.text_size)
    text.x_offset, text.y_offset = _place(one.rect_params, (width, height), size)


def color_of(one: NvDsObjectMeta, style: Style) -> Color:
    """The configured colour of its class, else nvinfer's, else the palette's."""
    given = one.rect_params.border_color.values
    chosen = style.colors.get(one.class_id) or (given if given != UNSET else None)
    if chosen is not None:
        return chosen
    red, green, blue = PALETTE[one.class_id % len(PALETTE)]
    return red / 255, green / 255, blue / 255, 1.0


def text_of(one: NvDsObjectMeta, style: Style) -> str:
    """As deepstream-app writes it: label, number, what classifiers say; a score if untracked."""
    if one.object_id == UNTRACKED:
        words = [one.obj_label, f"{one.confidence:.2f}"]
    else:
        words = [one.obj_label, str(one.object_id)] if style.ids else [one.obj_label]
    words += [label.result_label for found in one.classifiers for label in found.labels]
    return " ".join(words)


def _place(
    rect: NvOSD_RectParams, size: tuple[int, int], picture: tuple[int, int]
) -> tuple[int, int]:
    """Above the box; inside it at the picture's upper edge; never outside the picture."""
    border = rect.border_width
    left = round(rect.left) - border // 2
    top = round(rect.top) - size[1] - border // 2 + 1
    if top < 0:
        top = round(rect.top) + border // 2
    return max(0, min(left, picture[0] - size[0])), max(0, min(top, picture[1] - size[1]))


def _inks(box: Color, style: Style) -> tuple[Color, Color]:
    """Background and text; black or white by the background's brightness if it is the box's."""
    if style.text_background[3] > 0:
        return (*style.text_background[:3], 1.0), style.text_color
    red, green, blue, _ = box
    bright = 0.299 * red + 0.587 * green + 0.114 * blue > 120 / 255
    return box, DARK if bright else BRIGHT
