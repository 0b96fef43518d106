"""Where a frame, or a part of it, lies in the network input, and the way back.

Follows ``get_converted_buffer`` of gst-nvinfer (DeepStream 9.1) to the last rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import InputContract
from train2edge.errors import InputError

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Rect:
    """left, top, width, height in pixels."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Geometry:
    """How one source rectangle was put into the network input.

    ``src``: the rectangle of the frame that was read, even integers; ``dst``: where it lies in the
    network input, integers; ``ratio_x``, ``ratio_y``: dst / src (they differ a little, because
    nvinfer truncates). ``roi``: the region of nvdspreprocess that the frame was cut to. ``parent``:
    left and top of the object that a secondary detector looks at.
    """

    src: Rect
    dst: Rect
    ratio_x: float
    ratio_y: float
    offset_left: int
    offset_top: int
    roi: Rect | None = None
    parent: tuple[float, float] = (0.0, 0.0)

    @property
    def roi_left(self) -> int:
        return int(self.roi.left) if self.roi else 0

    @property
    def roi_top(self) -> int:
        return int(self.roi.top) if self.roi else 0

    def to_frame(self, boxes: NDArray[np.floating]) -> Floats:
        """float32 ``[N, 4]`` left, top, right, bottom: network pixels to frame pixels."""
        ratio, offset, origin = self._columns()
        return np.asarray((self._rows(boxes) - offset) / ratio + origin, np.float32)

    def to_network(self, boxes: NDArray[np.floating]) -> Floats:
        """float32 ``[N, 4]`` left, top, right, bottom: frame pixels to network pixels."""
        ratio, offset, origin = self._columns()
        return np.asarray((self._rows(boxes) - origin) * ratio + offset, np.float32)

    @staticmethod
    def _rows(boxes: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.asarray(boxes, np.float64).reshape(-1, 4)

    def _columns(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        ratio = np.array([self.ratio_x, self.ratio_y] * 2)
        offset = np.array([self.offset_left, self.offset_top] * 2, np.float64)
        left, top = self.roi_left + self.parent[0], self.roi_top + self.parent[1]
        return ratio, offset, np.array([left, top] * 2)


def plan(
    frame_width: int,
    frame_height: int,
    contract: InputContract,
    crop: Rect | None = None,
    *,
    parent: Rect | None = None,
) -> Geometry:
    """Decide where a frame of ``frame_width`` x ``frame_height`` lies in the network input.

    ``crop`` is a region of nvdspreprocess, ``parent`` the object a secondary model works on, both
    in frame pixels; without them the whole frame. ``InputError`` if nothing is left of it.
    """
    whole = Rect(0, 0, frame_width, frame_height)
    src = even(parent or crop or whole)
    if src.width <= 0 or src.height <= 0:
        raise InputError(f"a source of {src.width}x{src.height} pixels cannot be scaled")
    width, height = _scaled(int(src.width), int(src.height), contract)
    if width <= 0 or height <= 0:
        raise InputError(
            f"{src.width}x{src.height} pixels scale to {width}x{height} in a network input of "
            f"{contract.width}x{contract.height}"
        )
    left, top = _padding(width, height, contract)
    return Geometry(
        src,
        Rect(left, top, width, height),
        width / src.width,
        height / src.height,
        left,
        top,
        None if parent else crop,
        (parent.left, parent.top) if parent else (0.0, 0.0),
    )


def even(rect: Rect) -> Rect:
    """Truncate to integers; left and top go up to even, width and height down to even.

    What is below zero becomes zero, as ARM converts it (x86 makes a huge number, and nvinfer
    stops); a size does not shrink with it.
    """
    left, top = max(int(rect.left), 0), max(int(rect.top), 0)
    width, height = max(int(rect.width), 0), max(int(rect.height), 0)
    return Rect(left + (left & 1), top + (top & 1), width & ~1, height & ~1)


def _scaled(width: int, height: int, contract: InputContract) -> tuple[int, int]:
    if not contract.maintain_aspect_ratio:
        return contract.width, contract.height
    fitted = contract.width * height / width
    if fitted <= contract.height:
        return contract.width, int(fitted)
    return int(contract.height * width / height), contract.height


def _padding(width: int, height: int, contract: InputContract) -> tuple[int, int]:
    if not (contract.maintain_aspect_ratio and contract.symmetric_padding):
        return 0, 0
    return (contract.width - width) // 2, (contract.height - height) // 2
