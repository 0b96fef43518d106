"""nvinfer's semantic segmentation: the greatest of the class planes, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from train2edge.nvinfer.layers import Layer, Network, ParseError

Floats = NDArray[np.float32]

NONE = -1
CLASS_TYPES = (np.dtype(np.int32), np.dtype(np.int64))


@dataclass(frozen=True, eq=False)
class SegmentationMap:
    """``classes`` int32 ``[height, width]`` of the network input, -1 where there is none.

    ``probabilities`` is the memory of the first tensor, as nvinfer hands it on; ``None`` where the
    network tells classes alone.
    """

    classes: NDArray[np.int32]
    num_classes: int
    probabilities: Floats | None


def people_sem_seg_net(layers: Sequence[Layer], network: Network) -> NDArray[np.int32]:
    """``NvDsInferParseCustomPeopleSemSegNet``: the classes of the integer tensor ``argmax_1``.

    ``[height, width, 1]`` of int32 or int64; ``ParseError`` for anything else.
    """
    found = [one for one in layers if one.name == "argmax_1" and one.data.dtype in CLASS_TYPES]
    if not found:
        there = ", ".join(f"{one.name} ({one.data.dtype})" for one in layers) or "none"
        raise ParseError(f"no integer output tensor 'argmax_1'; there are: {there}")
    wanted = (network.height, network.width, 1)
    if found[0].dims != wanted:
        raise ParseError(f"tensor 'argmax_1' has dimensions {found[0].dims}, not {wanted}")
    flat = np.ascontiguousarray(found[0].data).reshape(-1)
    return flat[: network.height * network.width].reshape(wanted[:2]).astype(np.int32)


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
    classes, planes = _planes(layers, network, channels_last)
    if classes != num_classes:
        raise ParseError(
            f"tensor '{layers[0].name}' has {classes} classes, "
            f"num-detected-classes is {num_classes}"
        )
    limit = np.float32(max(threshold, NONE))
    best: NDArray[np.int32] = np.full((network.height, network.width), NONE, np.int32)
    greatest: Floats = np.full(best.shape, limit, np.float32)
    for class_id in range(classes):
        wins = planes[class_id] > greatest
        best[wins] = class_id
        np.copyto(greatest, planes[class_id], where=wins)
    return best


def _planes(layers: Sequence[Layer], network: Network, channels_last: bool) -> tuple[int, Floats]:
    """The number of classes, and the tensor's memory as ``[C, height, width]`` of the network.

    The tensor's own row length counts, whatever the network's size.
    """
    wrong = [layer.name for layer in layers if not layer.is_float]
    if wrong or not layers:
        raise ParseError(f"outputs that are not float32: {', '.join(wrong) or 'there are none'}")
    first = layers[0]
    dims = first.need_dims(3, "[h, w, C]" if channels_last else "[C, h, w]")
    if channels_last:
        (height, width, classes), steps = dims, (1, dims[1] * dims[2], dims[2])
    else:
        (classes, height, width), steps = dims, (dims[1] * dims[2], dims[2], 1)
    shape = (classes, network.height, network.width)
    values = first.floats()
    if sum(step * (count - 1) for step, count in zip(steps, shape, strict=True)) >= len(values):
        raise ParseError(
            f"tensor '{first.name}' has {width}x{height} pixels, the network input "
            f"{network.width}x{network.height}: nvinfer would read out of bounds"
        )
    strides = [step * values.itemsize for step in steps]
    return classes, np.lib.stride_tricks.as_strided(values, shape, strides, writeable=False)
