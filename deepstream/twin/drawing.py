"""Draws a batch's metadata into a picture, as ``nvdsosd`` does: what the metadata says, no more."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.twin.metadata import NvDsDisplayMeta, NvDsFrameMeta, NvDsObjectMeta
from deepstream.twin.metadata.enums import NvOSD_Arrow_Head_Direction
from deepstream.twin.metadata.memory import string_at
from deepstream.twin.metadata.osd import (
    NvOSD_ArrowParams,
    NvOSD_CircleParams,
    NvOSD_ColorParams,
    NvOSD_LineParams,
    NvOSD_MaskParams,
    NvOSD_RectParams,
    NvOSD_TextParams,
)

Picture = NDArray[np.uint8]
FONT = cv2.FONT_HERSHEY_DUPLEX
CAPITAL = 21.0  # height in pixels of this font's capitals at scale 1
TIP = 0.25  # of an arrow's length


def draw(picture: Picture, frame: NvDsFrameMeta, *, boxes: bool, text: bool, masks: bool) -> None:
    """Draw what ``frame`` holds into ``picture``, uint8 RGBA ``[height, width, 4]``.

    Objects from far to near: an object whose box ends lower stands in front.
    """
    ordered = sorted(frame.objects, key=_lower_edge)
    for one in ordered:
        if masks:
            _mask(picture, one)
        if boxes:
            _rect(picture, one.rect_params)
    if text:
        for one in ordered:
            write(picture, one.text_params)
    for display in frame.displays:
        _display(picture, display, text=text)


def _lower_edge(one: NvDsObjectMeta) -> float:
    return one.rect_params.top + one.rect_params.height


def _display(picture: Picture, display: NvDsDisplayMeta, *, text: bool) -> None:
    for rect in display.rect_params[: display.num_rects]:
        _rect(picture, rect)
    for line in display.line_params[: display.num_lines]:
        _line(picture, line)
    for arrow in display.arrow_params[: display.num_arrows]:
        _arrow(picture, arrow)
    for circle in display.circle_params[: display.num_circles]:
        _circle(picture, circle)
    if text:
        for label in display.text_params[: display.num_labels]:
            write(picture, label)


def size_of(text: str, points: int) -> tuple[int, int, int]:
    """Width, height and inner margin in pixels of a text with its background."""
    capitals = _capitals(points)
    (width, _), _ = cv2.getTextSize(text, FONT, capitals / CAPITAL, 1)
    margin = max(3, capitals // 3)
    return width + 2 * margin, capitals + 2 * margin, margin


def _capitals(points: int) -> int:
    return max(7, round(points * 0.92))


def _rect(picture: Picture, rect: NvOSD_RectParams) -> None:
    left, top, right, bottom = (round(value) for value in rect.corners)
    if rect.has_bg_color:
        _fill(picture, left, top, right, bottom, rect.bg_color)
    if rect.border_width <= 0:
        return
    if rect.border_color.alpha >= 1:
        color = _bytes(rect.border_color)
        cv2.rectangle(picture, (left, top), (right, bottom), color, rect.border_width)
        return
    low = rect.border_width // 2
    high = rect.border_width - low
    for strip in (
        (left - low, top - low, right + high, top + high),
        (left - low, bottom - low, right + high, bottom + high),
        (left - low, top + high, left + high, bottom - low),
        (right - low, top + high, right + high, bottom - low),
    ):
        _fill(picture, *strip, rect.border_color)


def _fill(
    picture: Picture, left: int, top: int, right: int, bottom: int, color: NvOSD_ColorParams
) -> None:
    """Mix ``color`` into a part of the picture by its alpha."""
    area = picture[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    if not area.size or color.alpha <= 0:
        return
    if color.alpha >= 1:
        area[:] = _bytes(color)
        return
    plain = np.full_like(area, _bytes(color))
    area[:] = cv2.addWeighted(plain, color.alpha, area, 1 - color.alpha, 0)


def _mask(picture: Picture, one: NvDsObjectMeta) -> None:
    """The mask in the border's colour, at half its alpha, over the object's box."""
    mask: NvOSD_MaskParams = one.mask_params
    if mask.data is None or not mask.size:
        return
    left, top, right, bottom = (round(value) for value in one.rect_params.corners)
    size = (max(1, right - left), max(1, bottom - top))
    values = np.asarray(mask.data, np.float32).reshape(mask.height, mask.width)
    inside = cv2.resize(values, size, interpolation=cv2.INTER_LINEAR) > mask.threshold
    area = picture[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    seen = inside[max(0, -top) :, max(0, -left) :][: area.shape[0], : area.shape[1]]
    color = one.rect_params.border_color
    mixed = cv2.addWeighted(np.full_like(area, _bytes(color)), 0.5, area, 0.5, 0)
    cv2.copyTo(mixed, seen.astype(np.uint8), area)


def write(picture: Picture, text: NvOSD_TextParams) -> None:
    """Write ``text`` with its background; the offsets are of its upper left corner."""
    written = string_at(text.display_text)
    if not written:
        return
    points = text.font_params.font_size
    width, height, margin = size_of(written, points)
    left, top = text.x_offset, text.y_offset
    if text.set_bg_clr:
        _fill(picture, left, top, left + width, top + height, text.text_bg_clr)
    capitals = _capitals(points)
    origin = (left + margin, top + margin + capitals)
    ink = _bytes(text.font_params.font_color)
    cv2.putText(picture, written, origin, FONT, capitals / CAPITAL, ink, 1, cv2.LINE_AA)


def _line(picture: Picture, line: NvOSD_LineParams) -> None:
    ends = (line.x1, line.y1), (line.x2, line.y2)
    cv2.line(picture, *ends, _bytes(line.line_color), max(1, line.line_width), cv2.LINE_AA)


def _arrow(picture: Picture, arrow: NvOSD_ArrowParams) -> None:
    start, end = (arrow.x1, arrow.y1), (arrow.x2, arrow.y2)
    color, width = _bytes(arrow.arrow_color), max(1, arrow.arrow_width)
    head = arrow.arrow_head
    if head != NvOSD_Arrow_Head_Direction.START_HEAD:
        cv2.arrowedLine(picture, start, end, color, width, cv2.LINE_AA, tipLength=TIP)
    if head != NvOSD_Arrow_Head_Direction.END_HEAD:
        cv2.arrowedLine(picture, end, start, color, width, cv2.LINE_AA, tipLength=TIP)


def _circle(picture: Picture, circle: NvOSD_CircleParams) -> None:
    center, radius = (circle.xc, circle.yc), circle.radius
    if circle.has_bg_color:
        cv2.circle(picture, center, radius, _bytes(circle.bg_color), cv2.FILLED, cv2.LINE_AA)
    cv2.circle(picture, center, radius, _bytes(circle.circle_color), 2, cv2.LINE_AA)


def _bytes(color: NvOSD_ColorParams) -> tuple[int, int, int, int]:
    red, green, blue = (round(255 * value) for value in color.values[:3])
    return red, green, blue, 255
