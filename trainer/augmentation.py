"""A training picture, changed: one affine, one colour matrix, perhaps a blur.

The change of place, letterbox and resize are composed into a single ``warpAffine`` from the stored
picture to the network's input. Boxes go through the same affine, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.contract import InputContract
from train2edge.nvinfer.geometry import Rect, plan
from trainer.change import LUMA, Change, Matrix, shift

VISIBLE = 0.3  # an object of which less than this is left in the picture is dropped
WHOLE = 0.995  # an object of which more is left is whole: that much is rounding
SMALLEST = 2.0  # pixels of the network's input; narrower or lower boxes are dropped
SPLIT = (0.35, 0.65)  # where a mosaic is divided, fraction of the width and height

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

_FILTERS = {"bilinear": cv2.INTER_LINEAR, "nearest": cv2.INTER_NEAREST}


@dataclass(frozen=True)
class View:
    """A picture with its objects; boxes ``[N, 4]`` left, top, right, bottom in its pixels.

    ``region``: the part of it that a network on objects looks at; ``None``: all of it.
    """

    picture: Picture
    boxes: Floats
    class_ids: NDArray[np.int32]
    ignore: NDArray[np.bool_]
    region: Rect | None = None


@dataclass(frozen=True)
class Placed:
    """A picture in a frame: ``matrix`` 3x3 from its pixels to the frame's, of which it fills
    ``window``."""

    view: View
    matrix: Matrix
    window: Rect


@dataclass(frozen=True)
class Composition:
    """What one example is made of: one picture, or the four of a mosaic, and their change."""

    placed: tuple[Placed, ...]
    change: Change


@dataclass(frozen=True)
class Moved:
    """What became of a picture's objects, in the frame's pixels.

    ``boxes`` float32 ``[N, 4]`` cut off at the window; ``seen`` float32 ``[N]``: the share of each
    that is left; ``kept`` bool ``[N]``: enough of it to be learned.
    """

    boxes: Floats
    seen: Floats
    kept: NDArray[np.bool_]


def augment(view: View, change: Change, contract: InputContract) -> View:
    """The network's input picture, uint8 ``[height, width, channels]``, and what is left of the
    objects, in network pixels."""
    return compose(alone(view, change, contract), contract)


def alone(view: View, change: Change, contract: InputContract) -> Composition:
    """A picture, or the region of it that is looked at, letterboxed and then changed."""
    matrix = change.spatial @ letterbox(view.picture, contract, view.region)
    return Composition((Placed(view, matrix, _whole(contract)),), change)


def at_own_size(view: View, change: Change) -> Composition:
    """A picture changed in its own pixels, for which ``change`` was drawn."""
    height, width = view.picture.shape[:2]
    return Composition((Placed(view, change.spatial, Rect(0, 0, width, height)),), change)


def mosaic(
    views: Sequence[View],
    changes: Sequence[Change],
    contract: InputContract,
    rng: np.random.Generator,
) -> Composition:
    """Four pictures in one, each in its quarter, smaller, with its own change of place; the
    first one's change of colour."""
    size = np.array([contract.width, contract.height])
    x, y = (int(edge) for edge in np.rint(rng.uniform(*SPLIT, 2) * size))
    width, height = contract.width, contract.height
    quarters = [
        Rect(0, 0, x, y),
        Rect(x, 0, width - x, y),
        Rect(0, y, x, height - y),
        Rect(x, y, width - x, height - y),
    ]
    placed = []
    for view, change, quarter in zip(views, changes, quarters, strict=True):
        shrink = _into(quarter, contract)
        matrix = shrink @ change.spatial @ letterbox(view.picture, contract)
        placed.append(Placed(view, matrix, quarter))
    return Composition(tuple(placed), changes[0])


def compose(composition: Composition, contract: InputContract) -> View:
    """The picture that ``composition`` makes, and what is left of the objects.

    Of a region all is left; what chance moves into the picture beside it is what stands there.
    """
    picture = paint(composition, contract)
    views = [one.view for one in composition.placed]
    if views[0].region is not None:
        return replace(views[0], picture=picture, region=None)
    moved = [move(one) for one in composition.placed]
    pairs = list(zip(views, moved, strict=True))
    return View(
        picture,
        np.concatenate([one.boxes[one.kept] for one in moved]),
        np.concatenate([view.class_ids[one.kept] for view, one in pairs]),
        np.concatenate([view.ignore[one.kept] for view, one in pairs]),
    )


def paint(composition: Composition, contract: InputContract) -> Picture:
    """uint8 ``[height, width, channels]`` in the contract's order of colours."""
    first = composition.placed[0]
    size = contract.width, contract.height
    if len(composition.placed) == 1:
        return _finish(
            warp(first.view.picture, first.matrix, size, contract), composition, contract
        )
    canvas: Picture = np.zeros((contract.height, contract.width, 3), np.uint8)
    for one in composition.placed:
        left, top = int(one.window.left), int(one.window.top)
        across, down = int(one.window.width), int(one.window.height)
        matrix = shift(-left, -top) @ one.matrix
        part = warp(one.view.picture, matrix, (across, down), contract)
        canvas[top : top + down, left : left + across] = part
    return _finish(canvas, composition, contract)


def letterbox(picture: Picture, contract: InputContract, region: Rect | None = None) -> Matrix:
    """3x3: where nvinfer puts the whole picture, or a region of it, in the network's input."""
    geometry = plan(picture.shape[1], picture.shape[0], contract, parent=region)
    across, down = geometry.ratio_x, geometry.ratio_y
    left = geometry.dst.left - across * geometry.src.left
    top = geometry.dst.top - down * geometry.src.top
    return np.array([[across, 0, left], [0, down, top], [0, 0, 1]], np.float64)


def warp(
    picture: Picture, matrix: Matrix, size: tuple[int, int], contract: InputContract
) -> Picture:
    """``picture`` through ``matrix`` into ``size`` (width, height); black where there is none.

    The matrix maps pixel corners (a picture spans 0..width); OpenCV counts pixel centres.
    """
    centres = shift(-0.5, -0.5) @ matrix @ shift(0.5, 0.5)
    return np.asarray(
        cv2.warpAffine(picture, centres[:2], size, flags=_FILTERS[contract.filter]), np.uint8
    )


def move(placed: Placed) -> Moved:
    """The objects through the matrix, cut off at the window; the mostly invisible are not kept.

    A turned box becomes the upright box around its four corners.
    """
    window, ignore = placed.window, placed.view.ignore
    boxes = transform_boxes(placed.view.boxes, placed.matrix)
    low = np.array([window.left, window.top] * 2, np.float32)
    high = low + np.array([window.width, window.height] * 2, np.float32)
    clipped = np.clip(boxes, low, high)
    sides = clipped[:, 2:] - clipped[:, :2]
    before = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    left = np.prod(sides, axis=1)
    kept = ((left >= VISIBLE * before) | ignore) & (sides >= SMALLEST).all(1)
    return Moved(clipped, left / np.maximum(before, np.float32(1e-9)), kept)


def transform_boxes(boxes: Floats, matrix: Matrix) -> Floats:
    """float32 ``[N, 4]``: the upright boxes around the corners of ``boxes`` through ``matrix``."""
    corners = boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]].astype(np.float64)
    moved = corners @ matrix[:2, :2].T + matrix[:2, 2]
    return np.concatenate([moved.min(1), moved.max(1)], axis=1).astype(np.float32)


def _into(quarter: Rect, contract: InputContract) -> Matrix:
    """3x3: the network's input shrunk until it just fills ``quarter``, middle on middle."""
    scale = max(quarter.width / contract.width, quarter.height / contract.height)
    left = quarter.left + (quarter.width - scale * contract.width) / 2
    top = quarter.top + (quarter.height - scale * contract.height) / 2
    return np.array([[scale, 0, left], [0, scale, top], [0, 0, 1]])


def _whole(contract: InputContract) -> Rect:
    return Rect(0, 0, contract.width, contract.height)


def _finish(picture: Picture, composition: Composition, contract: InputContract) -> Picture:
    change = composition.change
    if change.blur:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), change.blur), np.uint8)
    matrix = _ORDERS[contract.color] @ change.color
    if matrix.shape == (3, 4) and np.array_equal(matrix, np.eye(3, 4)):
        return picture
    colored = cv2.transform(picture, matrix.astype(np.float32))
    return np.asarray(colored, np.uint8).reshape(contract.height, contract.width, -1)


_ORDERS: dict[str, Matrix] = {"RGB": np.eye(3), "BGR": np.eye(3)[::-1], "GRAY": LUMA[None]}
