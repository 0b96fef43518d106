"""From a picture to the input tensor: cut, scale, black padding, colour order, one scalar scale.

nvinfer's order (DeepStream, Gst-nvinfer): the hardware scales the 8-bit picture, then a kernel
computes ``scale * (x - offset)`` in float32. The scaler itself differs between VIC, NPP and
OpenCV by a rounding; everything else is exact. Grey is OpenCV's luma of RGB.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.contract import InputContract
from train2edge.nvinfer import mean_file
from train2edge.nvinfer.geometry import Geometry, Rect, plan

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

_FILTERS = {"bilinear": cv2.INTER_LINEAR, "nearest": cv2.INTER_NEAREST}


def prepare(
    picture: Picture, contract: InputContract, parent: Rect | None = None
) -> tuple[Floats, Geometry]:
    """Give the input tensor of a whole picture, or of an object in it, and its geometry.

    ``picture`` uint8 HWC RGB; ``parent`` the object that a secondary network looks at, in its
    pixels; the tensor is float32 of the contract's ``shape``.
    """
    geometry = plan(picture.shape[1], picture.shape[0], contract, parent=parent)
    return normalize(resize(picture, geometry, contract), contract), geometry


def resize(picture: Picture, geometry: Geometry, contract: InputContract) -> Picture:
    """Scale the source rectangle into a black picture of the network's size and colour order.

    ``picture`` uint8 HWC RGB; gives uint8 ``[height, width, channels]``.
    """
    dst = geometry.dst
    left, top, width, height = int(dst.left), int(dst.top), int(dst.width), int(dst.height)
    source = _cut(picture, geometry)
    scaled = cv2.resize(source, (width, height), interpolation=_FILTERS[contract.filter])
    scaled = _recolor(scaled, contract)
    if (width, height) == (contract.width, contract.height):
        return scaled
    canvas: Picture = np.zeros((contract.height, contract.width, contract.channels), np.uint8)
    canvas[top : top + height, left : left + width] = scaled
    return canvas


def normalize(
    picture: Picture,
    contract: InputContract,
    mean: Floats | None = None,
    out: Floats | None = None,
) -> Floats:
    """Compute ``scale * (x - mean)`` of a network-sized picture.

    ``picture`` uint8 HWC in the model's colour order; gives float32 of the contract's ``shape``,
    in ``out`` where that is given. ``mean``, float32 CHW, takes the place of the contract's own
    offsets or picture of means.
    """
    tensor: Floats = np.empty(contract.shape, np.float32) if out is None else out
    planes = tensor.transpose(2, 0, 1) if contract.order == "NHWC" else tensor
    means = _means(contract) if mean is None else mean
    for plane, offset, given in zip(cv2.split(picture), means, planes, strict=True):
        np.subtract(plane, offset, out=given, dtype=np.float32)
        np.multiply(given, np.float32(contract.scale), out=given)
    return tensor


@lru_cache(maxsize=8)  # a picture of means is read once a network, not once a frame
def _means(contract: InputContract) -> Floats:
    """One number a channel, or one a pixel: float32 ``[channels]`` or ``[channels, h, w]``."""
    if not contract.mean_file:
        return np.asarray(contract.offsets, np.float32)
    path = Path(contract.mean_file)
    return mean_file.read(path, contract.width, contract.height, contract.channels)


def _cut(picture: Picture, geometry: Geometry) -> Picture:
    src = geometry.src
    left, top, width, height = int(src.left), int(src.top), int(src.width), int(src.height)
    frame_height, frame_width = picture.shape[:2]
    inside = min(left, top) >= 0 and left + width <= frame_width and top + height <= frame_height
    if inside:
        return picture[top : top + height, left : left + width]
    # Rounding left up to even can push a crop one pixel over the frame's edge.
    columns = np.clip(np.arange(left, left + width), 0, frame_width - 1)
    rows = np.clip(np.arange(top, top + height), 0, frame_height - 1)
    return picture[rows[:, None], columns]


def _recolor(picture: Any, contract: InputContract) -> Picture:
    if contract.color == "BGR":
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), np.uint8)
    if contract.color == "GRAY":
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)[:, :, None]
    return np.asarray(picture, np.uint8)
