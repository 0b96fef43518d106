"""Boxes as the stock parsers make them from corners: clamped to the last pixel, start and size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# What x86-64 gives for a float that no integer of that width can hold, NaN included.
_INT32_MIN, _INT64_MIN = -(2**31), -(2**63)


def clamp(values: Floats, size: int) -> Floats:
    """Clamp to ``0 .. size - 1`` pixels, as the stock parsers' macro: NaN becomes the last one."""
    last = np.float32(size - 1)
    below = np.where(values < last, values, last)
    return np.where(below > 0, below, np.float32(0))


def span(start: Floats, end: Floats, size: int) -> tuple[Floats, Floats]:
    """Start and length between the clamped ends, pixels; an inverted one is negative."""
    first = clamp(start, size)
    return first, clamp(end, size) - first


def whole(values: Floats) -> NDArray[np.int32]:
    """C's ``(int)``: truncated toward zero; what does not fit is the least integer."""
    return _truncated(values, 31, _INT32_MIN).astype(np.int32)


def unsigned(values: Floats) -> NDArray[np.int64]:
    """C's ``(unsigned int)`` on x86-64: truncated toward zero, of 64 bits the lower half."""
    return _truncated(values, 63, _INT64_MIN) & 0xFFFFFFFF


def _truncated(values: Floats, bits: int, otherwise: int) -> NDArray[np.int64]:
    fits = np.abs(values) < np.float32(2.0**bits)
    return np.where(fits, np.where(fits, values, 0).astype(np.int64), np.int64(otherwise))
