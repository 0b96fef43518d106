"""Random changes of a training picture: one affine, one colour matrix, perhaps a blur.

Flip, zoom, shift, rotation, shear, letterbox and resize are composed into a single ``warpAffine`` from
the stored picture to the network's input; hue, saturation, contrast and brightness into a single
3x4 matrix. Boxes go through the same affine, exactly. (TLT's ``augmentation_config``.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.contract import InputContract
from train2edge.nvinfer.geometry import Rect, plan
from train2edge.spec.augmentation import Augmentation

VISIBLE = 0.3  # an object of which less than this is left in the picture is dropped
SMALLEST = 2.0  # pixels of the network's input; narrower or lower boxes are dropped
SPLIT = (0.35, 0.65)  # where a mosaic is divided, fraction of the width and height
LUMA = np.array([0.299, 0.587, 0.114])  # Rec. 601, as OpenCV

Matrix = NDArray[np.float64]
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
class Change:
    """What chance decided for one picture.

    ``spatial`` 3x3, network pixels to network pixels; ``color`` 3x4 on RGB of 0..255;
    ``blur`` sigma in pixels, 0 = none.
    """

    spatial: Matrix
    color: Matrix
    blur: float


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


def unchanged() -> Change:
    return Change(np.eye(3), np.eye(3, 4), 0.0)


def draw(spec: Augmentation, contract: InputContract, rng: np.random.Generator) -> Change:
    """Decide the change of one picture; the same generator state gives the same change."""
    sigma = rng.uniform(0.1, spec.blur_sigma) if rng.random() < spec.blur_probability else 0.0
    return Change(_spatial(spec, contract, rng), _color(spec, rng), sigma)


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
        matrix = _shift(-left, -top) @ one.matrix
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
    centres = _shift(-0.5, -0.5) @ matrix @ _shift(0.5, 0.5)
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


def _spatial(spec: Augmentation, contract: InputContract, rng: np.random.Generator) -> Matrix:
    """Shear, flip, zoom, rotation about the middle of the network's input, then the shift."""
    across = -1.0 if rng.random() < spec.hflip else 1.0
    down = -1.0 if rng.random() < spec.vflip else 1.0
    zoom = math.exp(rng.uniform(math.log(spec.zoom_min), math.log(spec.zoom_max)))
    angle = math.radians(rng.uniform(-spec.rotate, spec.rotate))
    angle *= rng.random() < spec.rotate_probability
    shift_x = rng.uniform(-spec.translate_x, spec.translate_x) * contract.width
    shift_y = rng.uniform(-spec.translate_y, spec.translate_y) * contract.height
    cos, sin = math.cos(angle) * zoom, math.sin(angle) * zoom
    turn = np.array([[cos * across, -sin * down, 0], [sin * across, cos * down, 0], [0, 0, 1]])
    middle = contract.width / 2, contract.height / 2
    back = _shift(middle[0] + shift_x, middle[1] + shift_y)
    matrix: Matrix = back @ turn @ _shear(spec, rng) @ _shift(-middle[0], -middle[1])
    return matrix


def _shear(spec: Augmentation, rng: np.random.Generator) -> Matrix:
    matrix = np.eye(3)
    if spec.shear_x or spec.shear_y:  # else chance is not asked: older trainings stay as they were
        matrix[0, 1] = rng.uniform(-spec.shear_x, spec.shear_x)
        matrix[1, 0] = rng.uniform(-spec.shear_y, spec.shear_y)
    return matrix


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _into(quarter: Rect, contract: InputContract) -> Matrix:
    """3x3: the network's input shrunk until it just fills ``quarter``, middle on middle."""
    scale = max(quarter.width / contract.width, quarter.height / contract.height)
    left = quarter.left + (quarter.width - scale * contract.width) / 2
    top = quarter.top + (quarter.height - scale * contract.height) / 2
    return np.array([[scale, 0, left], [0, scale, top], [0, 0, 1]])


def _color(spec: Augmentation, rng: np.random.Generator) -> Matrix:
    hue = math.radians(rng.uniform(-spec.hue, spec.hue))
    saturation = 1 + rng.uniform(-spec.saturation, spec.saturation)
    contrast = 1 + rng.uniform(-spec.contrast, spec.contrast)
    brightness = 255 * rng.uniform(-spec.brightness, spec.brightness)
    grey = np.tile(LUMA, (3, 1))
    matrix = (saturation * np.eye(3) + (1 - saturation) * grey) @ _hue(hue) * contrast
    offset = (1 - contrast) * spec.contrast_center * 255 + brightness
    return np.column_stack([matrix, np.full(3, offset)])


def _hue(angle: float) -> Matrix:
    """3x3: RGB turned about the grey axis (Rodrigues' formula); grey stays grey."""
    cos, sin = math.cos(angle), math.sin(angle)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    turned: Matrix = cos * np.eye(3) + (1 - cos) / 3 * np.ones((3, 3)) + sin * cross
    return turned


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
