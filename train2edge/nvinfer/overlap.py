"""IoU of many boxes with many, in float32 and in nvinfer's order of operations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.objects import Objects

Floats = NDArray[np.float32]


def corners(objects: Objects) -> Floats:
    """float32 ``[5, N]``: left, right, top, bottom, area."""
    found: Floats = np.empty((5, len(objects)), np.float32)
    found[0], found[2] = objects.left, objects.top
    np.add(objects.left, objects.width, out=found[1])
    np.add(objects.top, objects.height, out=found[3])
    np.multiply(objects.width, objects.height, out=found[4])
    return found


def plain(objects: Objects, boxes: Floats) -> bool:
    """Whether all numbers (``corners``) are finite and no size is negative: short formulas hold."""
    if not len(objects):
        return True
    sizes_hold = objects.width.min() >= 0 and objects.height.min() >= 0
    return bool(sizes_hold and np.isfinite(boxes).all())


def iou(one: Floats, other: Floats) -> Floats:
    """IoU float32 ``[N, M]`` of plain boxes ``corners`` ``[5, N]`` and ``[5, M]``.

    Lengths below zero count as zero; two empty boxes give NaN.
    """
    shared = common(one[0], one[1], other[0], other[1])
    shared *= common(one[2], one[3], other[2], other[3])
    union = np.add.outer(one[4], other[4])
    union -= shared
    shared /= union
    return shared


def common(start: Floats, end: Floats, other_start: Floats, other_end: Floats) -> Floats:
    """Lengths float32 ``[N, M]`` that ``N`` intervals share with ``M`` others, none below zero."""
    length: Floats = np.minimum.outer(end, other_end)
    length -= np.maximum.outer(start, other_start)
    # With an array of zeros NumPy's maximum is three times as fast as with one zero.
    return np.maximum(length, np.zeros_like(length), out=length)
