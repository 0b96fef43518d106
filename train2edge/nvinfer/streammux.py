"""The first of a frame's two resizes: nvstreammux brings every source to one size.

nvinfer works on this frame and its boxes are in its pixels; this is the way there and back.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.errors import InputError
from train2edge.nvinfer.geometry import Rect

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class MuxPlan:
    """A source of ``source`` (width, height) lies at ``dst`` in a frame of ``frame`` pixels."""

    source: tuple[int, int]
    frame: tuple[int, int]
    dst: Rect

    def to_source(self, boxes: NDArray[np.floating]) -> Floats:
        """float32 ``[N, 4]`` left, top, right, bottom: frame pixels to the source's own."""
        ratio, start = self._columns()
        return np.asarray(
            (np.asarray(boxes, np.float64).reshape(-1, 4) - start) / ratio, np.float32
        )

    def to_frame(self, boxes: NDArray[np.floating]) -> Floats:
        """float32 ``[N, 4]`` left, top, right, bottom: the source's pixels to frame pixels."""
        ratio, start = self._columns()
        return np.asarray(np.asarray(boxes, np.float64).reshape(-1, 4) * ratio + start, np.float32)

    def _columns(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        ratio = (self.dst.width / self.source[0], self.dst.height / self.source[1])
        return np.array(ratio * 2), np.array((self.dst.left, self.dst.top) * 2, np.float64)


def plan(source: tuple[int, int], frame: tuple[int, int], *, padding: bool = False) -> MuxPlan:
    """Decide where a source lies in the frame: all of it, or with black bands (enable-padding).

    With ``padding`` the picture keeps its shape and stands in the middle; where NVIDIA's element
    puts it is not documented. ``InputError`` for a size without a pixel.
    """
    if min(*source, *frame) <= 0:
        raise InputError(
            f"a source of {source[0]}x{source[1]} pixels cannot fill a frame of "
            f"{frame[0]}x{frame[1]}"
        )
    if not padding:
        return MuxPlan(source, frame, Rect(0, 0, *frame))
    scale = min(frame[0] / source[0], frame[1] / source[1])
    width, height = (max(round(one * scale), 1) for one in source)
    left, top = (frame[0] - width) // 2, (frame[1] - height) // 2
    return MuxPlan(source, frame, Rect(left, top, width, height))


def scale(picture: Picture, chosen: MuxPlan) -> Picture:
    """The frame, uint8 ``[height, width, 3]``, of a source's picture; bilinear, bands black."""
    left, top, width, height = (
        int(one) for one in (chosen.dst.left, chosen.dst.top, chosen.dst.width, chosen.dst.height)
    )
    scaled = np.asarray(cv2.resize(picture, (width, height)), np.uint8)
    if (width, height) == chosen.frame:
        return scaled
    frame: Picture = np.zeros((chosen.frame[1], chosen.frame[0], 3), np.uint8)
    frame[top : top + height, left : left + width] = scaled
    return frame
