"""The grid of places that an anchor-free head predicts from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Anchors(NamedTuple):
    """``points`` ``[A, 2]`` x, y in cells of their level; ``strides`` ``[A, 1]`` pixels a cell."""

    points: Floats
    strides: Floats


def levels(width: int, height: int, strides: Sequence[int]) -> tuple[int, ...]:
    """How many places each level has."""
    return tuple(-(-width // one) * -(-height // one) for one in strides)


def grid(width: int, height: int, strides: Sequence[int], offset: float = 0.0) -> Anchors:
    """All levels one after the other, rows first; ``offset`` 0.5 is a cell's centre."""
    points, sizes = [], []
    for stride in strides:
        rows, columns = np.mgrid[: -(-height // stride), : -(-width // stride)]
        level = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float32) + offset
        points.append(level)
        sizes.append(np.full((len(level), 1), stride, np.float32))
    return Anchors(np.concatenate(points).astype(np.float32), np.concatenate(sizes))
