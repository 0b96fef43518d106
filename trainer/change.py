"""What chance decides for a training picture: a change of place, one of colour, perhaps a blur.

Shear, flip, zoom, rotation and shift become one affine; hue, saturation, contrast and brightness
one 3x4 matrix. (TLT's ``augmentation_config``.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import InputContract
from train2edge.spec.augmentation import Augmentation

LUMA = np.array([0.299, 0.587, 0.114])  # Rec. 601, as OpenCV

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """What chance decided for one picture.

    ``spatial`` 3x3, network pixels to network pixels; ``color`` 3x4 on RGB of 0..255;
    ``blur`` sigma in pixels, 0 = none.
    """

    spatial: Matrix
    color: Matrix
    blur: float


def unchanged() -> Change:
    return Change(np.eye(3), np.eye(3, 4), 0.0)


def draw(spec: Augmentation, contract: InputContract, rng: np.random.Generator) -> Change:
    """Decide the change of one picture; the same generator state gives the same change."""
    sigma = rng.uniform(0.1, spec.blur_sigma) if rng.random() < spec.blur_probability else 0.0
    return Change(_spatial(spec, contract, rng), _color(spec, rng), sigma)


def shift(x: float, y: float) -> Matrix:
    """3x3: everything that far to the right and down."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


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
    back = shift(middle[0] + shift_x, middle[1] + shift_y)
    matrix: Matrix = back @ turn @ _shear(spec, rng) @ shift(-middle[0], -middle[1])
    return matrix


def _shear(spec: Augmentation, rng: np.random.Generator) -> Matrix:
    matrix = np.eye(3)
    if spec.shear_x or spec.shear_y:  # else chance is not asked: older trainings stay as they were
        matrix[0, 1] = rng.uniform(-spec.shear_x, spec.shear_x)
        matrix[1, 0] = rng.uniform(-spec.shear_y, spec.shear_y)
    return matrix


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
