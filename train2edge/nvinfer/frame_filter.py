"""From network boxes to frame boxes, with the filters that nvinfer applies on the way.

Follows ``attach_metadata_detector`` of gst-nvinfer (DeepStream 9.1), its oddities included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.geometry import Geometry, Rect
from train2edge.nvinfer.objects import Objects

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ClassLimits:
    """``[class-attrs-N]`` of one class after clustering, frame pixels; a maximum of 0 is none."""

    roi_top_offset: int = 0
    roi_bottom_offset: int = 0
    min_width: int = 0
    min_height: int = 0
    max_width: int = 0
    max_height: int = 0


@dataclass(frozen=True)
class FrameFilter:
    """What is dropped or cut on the way to the frame; the defaults are nvinfer's.

    ``limits``: one a class, or none at all. ``clip_to_roi`` is nvinfer's clip-object-outside-roi
    and works only on geometries with a region of nvdspreprocess.
    """

    limits: tuple[ClassLimits, ...] = ()
    without_class_ids: frozenset[int] = frozenset()
    crop_to_roi_boundary: bool = False
    clip_to_roi: bool = False

    def column(self, field: str, class_ids: NDArray[np.int32]) -> NDArray[np.int64]:
        """That limit for every object, int64 ``[N]``."""
        values = [getattr(one, field) for one in self.limits] or [0] * _classes(class_ids)
        return np.array(values, np.int64)[class_ids]

    def limit(self, field: str, class_ids: NDArray[np.int32]) -> Floats:
        """The same as float32, as nvinfer compares it."""
        return self.column(field, class_ids).astype(np.float32)


def _classes(class_ids: NDArray[np.int32]) -> int:
    return int(class_ids.max()) + 1 if len(class_ids) else 1


@np.errstate(all="ignore")
def to_frame(
    objects: Objects,
    geometry: Geometry,
    frame_size: tuple[int, int],
    frame_filter: FrameFilter | None = None,
) -> Objects:
    """Map ``objects`` (network pixels) to frame pixels and filter them; the order stays.

    ``frame_size`` is width, height. By default a box that ends below the frame is dropped, one that
    starts above it is moved down with its height unchanged, and overflow on the right stays.
    """
    chosen = frame_filter or FrameFilter()
    found = _scaled(objects, geometry)
    if chosen.clip_to_roi and geometry.roi is not None:
        found = _clipped(found, geometry.roi)
    found = _pushed_inside(found)
    found = found.take(_wanted(found, chosen))
    if chosen.crop_to_roi_boundary:
        found = _cropped(found, frame_size, chosen)
    else:
        found = found.take(_in_band(found, frame_size[1], chosen))
    return _moved(found, geometry.parent)


def _scaled(objects: Objects, geometry: Geometry) -> Objects:
    left = (objects.left - np.float32(geometry.offset_left)).astype(np.float64)
    top = (objects.top - np.float32(geometry.offset_top)).astype(np.float64)
    return replace(
        objects,
        left=_single(left / geometry.ratio_x + geometry.roi_left),
        top=_single(top / geometry.ratio_y + geometry.roi_top),
        width=_single(objects.width / np.float64(geometry.ratio_x)),
        height=_single(objects.height / np.float64(geometry.ratio_y)),
    )


def _single(values: NDArray[np.float64]) -> Floats:
    return values.astype(np.float32)


def _clipped(objects: Objects, roi: Rect) -> Objects:
    left, width = _clipped_span(objects.left, objects.width, roi.left, roi.width)
    top, height = _clipped_span(objects.top, objects.height, roi.top, roi.height)
    return replace(objects, left=left, top=top, width=width, height=height)


def _clipped_span(
    start: Floats, size: Floats, first: float, length: float
) -> tuple[Floats, Floats]:
    begin = np.float32(first)
    end = begin + np.float32(length)
    size = np.where(start + size > end, _floored(end - start), size)
    outside = start < begin
    size = np.where(outside, _floored(size - (begin - start)), size)
    return np.where(outside, begin, start), size


def _floored(sizes: Floats) -> Floats:
    return np.where(sizes < 0, np.float32(0), sizes)


def _pushed_inside(objects: Objects) -> Objects:
    zero = np.float32(0)
    left = np.where(objects.left < 0, zero, objects.left)
    return replace(objects, left=left, top=np.where(objects.top < 0, zero, objects.top))


def _wanted(objects: Objects, chosen: FrameFilter) -> NDArray[np.bool_]:
    """Neither of an unwanted class nor too small or too large; limits themselves are kept."""
    wanted = ~np.isin(objects.class_id, list(chosen.without_class_ids))
    if chosen.limits:
        for size, axis in ((objects.width, "width"), (objects.height, "height")):
            most = chosen.limit(f"max_{axis}", objects.class_id)
            wanted &= ~(size < chosen.limit(f"min_{axis}", objects.class_id))
            wanted &= ~((most > 0) & (size > most))
    return wanted


def _last_row(objects: Objects, height: int, chosen: FrameFilter) -> Floats:
    """Frame height less the bottom offset, wrapping below zero as nvinfer's unsigned does."""
    rows = (height - chosen.column("roi_bottom_offset", objects.class_id)) % 2**32
    return rows.astype(np.float32)


def _in_band(objects: Objects, height: int, chosen: FrameFilter) -> NDArray[np.bool_]:
    above = objects.top < chosen.limit("roi_top_offset", objects.class_id)
    below = objects.top + objects.height > _last_row(objects, height, chosen)
    return ~(above | below)


def _cropped(objects: Objects, frame_size: tuple[int, int], chosen: FrameFilter) -> Objects:
    width = np.float32(frame_size[0])
    first = chosen.limit("roi_top_offset", objects.class_id)
    last = _last_row(objects, frame_size[1], chosen)
    top = np.where(objects.top < first, first, objects.top)
    over_right = objects.left + objects.width >= width
    over_bottom = top + objects.height > last
    return replace(
        objects,
        top=top,
        width=np.where(over_right, width - objects.left, objects.width),
        height=np.where(over_bottom, last - top, objects.height),
    )


def _moved(objects: Objects, parent: Sequence[float]) -> Objects:
    if not any(parent):
        return objects
    left, top = objects.left + np.float32(parent[0]), objects.top + np.float32(parent[1])
    return replace(objects, left=left, top=top)
