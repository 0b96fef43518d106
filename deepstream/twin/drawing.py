"""Boxes and labels into a picture, sharp at any size: what the on-screen display shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.app_sections import Color
from deepstream.twin.metadata import ObjectMeta, Rect
from train2edge.detections import UNTRACKED

Picture = NDArray[np.uint8]
FONT = cv2.FONT_HERSHEY_DUPLEX
CAPITAL = 21.0  # height in pixels of this font's capitals at scale 1
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


@dataclass(frozen=True)
class Style:
    """``text_size`` in points; a background of alpha 0 means the box's own colour."""

    border_width: int = 2
    text_size: int = 12
    text_color: Color = (1.0, 1.0, 1.0, 1.0)
    text_background: Color = (0.0, 0.0, 0.0, 0.0)
    boxes: bool = True
    text: bool = True
    ids: bool = True
    colors: dict[int, Color] = field(default_factory=dict)


def draw(picture: Picture, objects: list[ObjectMeta], style: Style) -> None:
    """Draw ``objects`` into ``picture``, uint8 RGBA ``[height, width, 4]``, far ones first."""
    ordered = sorted(objects, key=lambda one: one.rect.top + one.rect.height)
    if style.boxes:
        for one in ordered:
            _box(picture, one.rect, color_of(one, style), style.border_width)
    if style.text:
        for one in ordered:
            _label(picture, one, style)


def color_of(one: ObjectMeta, style: Style) -> tuple[int, int, int, int]:
    """The configured colour of its class, else the palette's."""
    chosen = style.colors.get(one.class_id) or one.border_color
    if chosen is not None:
        red, green, blue = (round(255 * value) for value in chosen[:3])
        return red, green, blue, 255
    return (*PALETTE[one.class_id % len(PALETTE)], 255)


def text_of(one: ObjectMeta, style: Style) -> str:
    """As deepstream-app writes it, label and number; the score where nothing is tracked."""
    if one.object_id == UNTRACKED:
        return f"{one.label} {one.confidence:.2f}"
    return f"{one.label} {one.object_id}" if style.ids else one.label


def _box(picture: Picture, rect: Rect, color: Any, width: int) -> None:
    if width <= 0:
        return
    left, top, right, bottom = (round(value) for value in rect.corners)
    cv2.rectangle(picture, (left, top), (right, bottom), color, width)


def _label(picture: Picture, one: ObjectMeta, style: Style) -> None:
    text = text_of(one, style)
    capitals = max(7, round(style.text_size * 0.92))
    scale = capitals / CAPITAL
    (width, _), _ = cv2.getTextSize(text, FONT, scale, 1)
    pad = max(3, capitals // 3)
    size = (width + 2 * pad, capitals + 2 * pad)
    left, top = _place(picture, one.rect, size, style.border_width)
    background, ink = _inks(color_of(one, style), style)
    corner = (left + size[0] - 1, top + size[1] - 1)
    cv2.rectangle(picture, (left, top), corner, background, cv2.FILLED)
    origin = (left + pad, top + pad + capitals)
    cv2.putText(picture, text, origin, FONT, scale, ink, 1, cv2.LINE_AA)


def _place(picture: Picture, rect: Rect, size: tuple[int, int], border: int) -> tuple[int, int]:
    """Above the box; inside it at the picture's upper edge; never outside the picture."""
    height, width = picture.shape[:2]
    left = round(rect.left) - border // 2
    top = round(rect.top) - size[1] - border // 2 + 1
    if top < 0:
        top = round(rect.top) + border // 2
    return max(0, min(left, width - size[0])), max(0, min(top, height - size[1]))


def _inks(box: tuple[int, int, int, int], style: Style) -> tuple[Any, Any]:
    """Background and text; black or white by the background's brightness if it is the box's."""
    if style.text_background[3] > 0:
        return _bytes(style.text_background), _bytes(style.text_color)
    red, green, blue, _ = box
    bright = 0.299 * red + 0.587 * green + 0.114 * blue > 120
    return box, (16, 16, 16, 255) if bright else (255, 255, 255, 255)


def _bytes(color: Color) -> tuple[int, int, int, int]:
    red, green, blue = (round(255 * value) for value in color[:3])
    return red, green, blue, 255
