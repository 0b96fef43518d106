"""The rows of a tensor: each a part of a frame, scaled and normalised as nvinfer does it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepstream.preprocess.groups import PreprocessSettings
from train2edge.nvinfer.geometry import Geometry
from train2edge.nvinfer.preprocess import Picture, normalize, resize

Floats = NDArray[np.float32]


def tensor(
    parts: Sequence[tuple[Picture, Geometry]], settings: PreprocessSettings
) -> NDArray[np.float32 | np.float16]:
    """Give ``[rows, channels, height, width]`` (channels last for NHWC), float32 or float16.

    ``parts``: frames, uint8 HWC RGB, each with the geometry of what is cut out of it.
    """
    contract = settings.contract
    rows = [
        normalize(resize(picture, geometry, contract), contract, settings.mean)
        for picture, geometry in parts
    ]
    made = np.stack(rows)
    if settings.nhwc:
        made = np.ascontiguousarray(made.transpose(0, 2, 3, 1))
    return made.astype(np.float16) if settings.half else made
