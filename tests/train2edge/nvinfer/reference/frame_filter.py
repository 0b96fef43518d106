"""Network boxes to frame boxes, with nvinfer's filters, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.train2edge.nvinfer.reference import Box, F


class Setup(NamedTuple):
    """``limits``: a class's top and bottom offset, least width and height, greatest of both."""

    ratio: tuple[float, float]
    offset: tuple[int, int]
    frame: tuple[int, int]
    limits: Sequence[Sequence[int]]
    roi: tuple[float, float, float, float] | None
    clip: bool
    without: frozenset[int]
    crop: bool
    parent: tuple[float, float]


def attach(boxes: Sequence[Box], setup: Setup) -> list[Box]:
    found = [_attach(one, setup) for one in boxes]
    return [one for one in found if one is not None]


def _attach(box: Box, setup: Setup) -> Box | None:
    place, size = [box.left, box.top], [box.width, box.height]
    for axis in (0, 1):
        start = int(setup.roi[axis]) if setup.roi else 0
        place[axis] = F(float(place[axis] - F(setup.offset[axis])) / setup.ratio[axis] + start)
        size[axis] = F(float(size[axis]) / setup.ratio[axis])
        if setup.roi and setup.clip:
            bounds = F(setup.roi[axis]), F(setup.roi[axis]) + F(setup.roi[axis + 2])
            place[axis], size[axis] = _clip(place[axis], size[axis], *bounds)
        place[axis] = F(0) if place[axis] < 0 else place[axis]
    top, bottom, *rest = setup.limits[box.class_id]
    last = F((setup.frame[1] - bottom) % 2**32)
    if box.class_id in setup.without or not _fits(size, rest):
        return None
    if setup.crop:
        place[1] = F(top) if place[1] < F(top) else place[1]
        if place[0] + size[0] >= F(setup.frame[0]):
            size[0] = F(setup.frame[0]) - place[0]
        if place[1] + size[1] > last:
            size[1] = last - place[1]
    elif place[1] < F(top) or place[1] + size[1] > last:
        return None
    moved = [one + F(by) if by else one for one, by in zip(place, setup.parent, strict=True)]
    return Box.of([*moved, *size, box.score, box.class_id])


def _clip(place: Any, size: Any, first: Any, last: Any) -> tuple[Any, Any]:
    if place + size > last:
        size = F(0) if last - place < 0 else last - place
    if place < first:
        size = size - (first - place)
        place, size = first, F(0) if size < 0 else size
    return place, size


def _fits(size: Sequence[Any], limits: Sequence[int]) -> bool:
    least, most = limits[:2], limits[2:]
    small = any(one < F(limit) for one, limit in zip(size, least, strict=True))
    large = any(limit > 0 and one > F(limit) for one, limit in zip(size, most, strict=True))
    return not small and not large
