"""Pictures that are the same picture: by their bytes, or nearly, by a small fingerprint."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SIDE = 16  # the fingerprint has SIDE x SIDE bits
NEARLY = 8  # of 256 bits that may differ: recompressed or resized, not merely alike
_PAIRS = 40_000_000  # comparisons that are worth it; beyond, only equal fingerprints are found
_BITS = np.array([bin(value).count("1") for value in range(256)], np.uint8)


def fingerprint(picture: NDArray[np.uint8]) -> bytes:
    """Difference hash: is each of 16x16 pieces brighter than the one to its right? 32 bytes."""
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA)
    return np.packbits(small[:, :-1] > small[:, 1:]).tobytes()


def nearly_same(some: Sequence[bytes], others: Sequence[bytes]) -> list[tuple[int, int]]:
    """Pairs (index, index) whose fingerprints differ in at most ``NEARLY`` bits.

    Flat pictures, whose fingerprint says next to nothing, are never alike.
    """
    if not some or not others:
        return []
    if len(some) * len(others) > _PAIRS:
        places = {print_: index for index, print_ in enumerate(others)}
        return [(i, places[one]) for i, one in enumerate(some) if one in places and _telling(one)]
    table = np.frombuffer(b"".join(others), np.uint8).reshape(len(others), -1)
    pairs = []
    for index, one in enumerate(some):
        if _telling(one):
            differ = _BITS[table ^ np.frombuffer(one, np.uint8)].sum(axis=1, dtype=np.int32)
            pairs += [(index, int(other)) for other in np.flatnonzero(differ <= NEARLY)]
    return pairs


def _telling(print_: bytes) -> bool:
    ones = int(_BITS[np.frombuffer(print_, np.uint8)].sum())
    return NEARLY < ones < SIDE * SIDE - NEARLY
