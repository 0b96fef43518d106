"""The built-in semantic segmentation parser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.train2edge.nvinfer.reference import F, FailureError, Tensor


def parse(
    layers: Sequence[Tensor],
    size: tuple[int, int],
    classes: int,
    threshold: float,
    *,
    channels_last: bool,
) -> Any:
    if any(one.values.dtype != np.float32 for one in layers):
        raise FailureError
    first = layers[0]
    dims = first.dims[:3]
    height, width, channels = dims if channels_last else (dims[1], dims[2], dims[0])
    if channels != classes:
        raise FailureError
    found = np.full((size[1], size[0]), -1, np.int32)
    for y in range(size[1]):
        for x in range(size[0]):
            greatest = F(-1)
            for class_id in range(classes):
                plane = class_id * height * width + y * width + x
                index = (y * width + x) * channels + class_id if channels_last else plane
                if first.flat[index] > greatest and first.flat[index] > F(threshold):
                    greatest = first.flat[index]
                    found[y, x] = class_id
    return found
