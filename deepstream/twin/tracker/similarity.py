"""How alike two boxes are: by overlap and by size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]


def iou(first: Boxes, second: Boxes) -> Boxes:
    """float32 ``[N, M]`` of boxes left, top, right, bottom; empty unions give 0."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(-1)
    union = _area(first)[:, None] + _area(second)[None, :] - common
    overlap: Boxes = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return overlap


def size_similarity(first: Boxes, second: Boxes) -> Boxes:
    """Smaller over larger area, ``[N, M]``."""
    one, other = _area(first)[:, None], _area(second)[None, :]
    larger = np.maximum(one, other)
    smaller = np.minimum(one, other)
    similar: Boxes = np.divide(smaller, larger, out=np.zeros_like(larger), where=larger > 0)
    return similar


def _area(boxes: Boxes) -> Boxes:
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return np.asarray(sides.prod(-1), np.float32)
