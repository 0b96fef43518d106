"""How a batch's pictures are stored: RGBA, or NV12 where a program's caps ask for it.

The twin's own elements work in RGBA. Those that only look at pictures (nvinfer, nvdspreprocess,
nvmultistreamtiler, nvsegvisual) make RGBA of NV12 for themselves; those that look at none
(nvtracker, nvdsanalytics, nvstreamdemux, ...) let both pass.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.twin.elements.nvmm import either
from deepstream.twin.gst import GstVideo
from deepstream.twin.metadata.pixels import memory_at, pixels_at

Picture = NDArray[np.uint8]
BATCHED = either("format=RGBA").copy()
BATCHED.append(either("format=NV12"))
STUDIO = (16, 219, 224)  # the black of luma, the steps of luma and of chroma, of 8 bits
FULL = (0, 255, 255)


class Colors:
    """What an element knows of the pictures that come to it, by the caps before them."""

    def __init__(self) -> None:
        self.matrix: NDArray[np.float32] | None = None  # of NV12 alone: luma and chroma to RGB

    def take(self, caps: Any) -> None:
        """Look at the caps of what comes next."""
        planes = caps.get_structure(0).get_string("format") == "NV12"
        info = GstVideo.VideoInfo.new_from_caps(caps) if planes else None
        self.matrix = None if info is None else _matrix(info.colorimetry)

    def rgba(self, buffer: int, index: int, width: int, height: int) -> Picture:
        """Picture ``index`` of the buffer at that address, ``[height, width, 4]``.

        Of RGBA the memory itself, of NV12 a picture of its own.
        """
        if self.matrix is None:
            return pixels_at(buffer, index, width, height)
        luma, chroma = _planes(memory_at(buffer, index), width, height)
        spread = cv2.resize(chroma, (width, height), interpolation=cv2.INTER_LINEAR)
        rgb = cv2.transform(cv2.merge([luma, *cv2.split(spread)]), self.matrix)
        return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2RGBA), np.uint8)


def _planes(data: Picture, width: int, height: int) -> tuple[Picture, Picture]:
    """Luma ``[height, width]`` and chroma ``[rows, columns, 2]``; rows lie on steps of 4 bytes."""
    step, rows = -(-width // 4) * 4, -(-height // 2) * 2
    if data.size < step * rows * 3 // 2:
        raise ValueError(f"the memory holds no NV12 picture of {width}x{height}")
    luma = data[: step * rows].reshape(rows, step)[:height, :width]
    chroma = data[step * rows : step * rows * 3 // 2].reshape(rows // 2, step // 2, 2)
    return luma, np.ascontiguousarray(chroma[:, : -(-width // 2)])


def _matrix(coding: Any) -> NDArray[np.float32]:
    """Rows R, G, B of luma, Cb, Cr and 1 (ITU-R BT.601, BT.709: the same but for two weights)."""
    known, red, blue = GstVideo.VideoColorMatrix.get_Kr_Kb(coding.matrix)
    if not known:
        raise ValueError(f"no RGB can be made of {coding.to_string()}")
    whole = getattr(GstVideo.VideoColorRange, "0_255")  # no name for an attribute
    black, luma, chroma = FULL if coding.range == whole else STUDIO
    green = 1 - red - blue
    y, c = 255 / luma, 255 / chroma
    r, b = 2 * (1 - red) * c, 2 * (1 - blue) * c
    weights = np.array([[y, 0, r], [y, -b * blue / green, -r * red / green], [y, b, 0]])
    return np.hstack([weights, weights @ [[-black], [-128], [-128]]]).astype(np.float32)
