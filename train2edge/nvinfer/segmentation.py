"""nvinfer's semantic segmentation: the greatest of the class planes, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.layers import Layer, Network, ParseError

NONE = -1


def segment(
    layers: Sequence[Layer],
    network: Network,
    num_classes: int,
    threshold: float,
    *,
    channels_last: bool = False,
) -> NDArray[np.int32]:
    """The class map int32 ``[height, width]`` of the network input; -1 is no class.

    Only the first output is read: ``[C, h, w]``, or ``[h, w, C]`` with ``channels_last``; of a
    larger one the top left part. A value counts above ``threshold`` and above -1; the lowest class
    wins ties. ``ParseError`` for outputs that are not float32, another number of classes, or a
    tensor smaller than the input, where nvinfer would read out of bounds.
    """
    planes = _planes(layers, channels_last)
    classes, height, width = planes.shape
    if classes != num_classes:
        raise ParseError(
            f"tensor '{layers[0].name}' has {classes} classes, "
            f"num-detected-classes is {num_classes}"
        )
    if height < network.height or width < network.width:
        raise ParseError(
            f"tensor '{layers[0].name}' has {width}x{height} pixels, the network input "
            f"{network.width}x{network.height}: nvinfer would read out of bounds"
        )
    values = planes[:, : network.height, : network.width]
    limit = np.float32(max(threshold, NONE))
    counted = np.where(values > limit, values, -np.inf)
    best = counted.argmax(axis=0).astype(np.int32)
    return np.where(np.isneginf(counted.max(axis=0)), np.int32(NONE), best)


def _planes(layers: Sequence[Layer], channels_last: bool) -> NDArray[np.float32]:
    wrong = [layer.name for layer in layers if not layer.is_float]
    if wrong or not layers:
        raise ParseError(f"outputs that are not float32: {', '.join(wrong) or 'there are none'}")
    first = layers[0]
    if len(first.dims) != 3:
        raise ParseError(f"tensor '{first.name}' has dimensions {first.dims}, not three")
    values = first.floats(int(np.prod(first.dims))).reshape(first.dims)
    return values.transpose(2, 0, 1) if channels_last else values
