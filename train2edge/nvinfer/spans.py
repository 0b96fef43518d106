"""Boxes as the stock parsers make them from corners: clamped to the last pixel, start and size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def clamp(values: Floats, size: int) -> Floats:
    """Clamp to ``0 .. size - 1`` pixels."""
    clamped: Floats = np.clip(values, np.float32(0), np.float32(size - 1))
    return clamped


def span(start: Floats, end: Floats, size: int) -> tuple[Floats, Floats]:
    """Start and length between the clamped ends, pixels; an inverted one is negative."""
    first = clamp(start, size)
    return first, clamp(end, size) - first


def whole(values: Floats) -> NDArray[np.int32]:
    """Class ids from floats, truncated toward zero as C does; what is no number is -1."""
    finite = np.where(np.abs(values) < 2**31, values, np.float32(-1))
    return finite.astype(np.int32)
