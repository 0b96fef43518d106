"""Small questions about, and cuts in, a graph that several passes share."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_graphsurgeon as gs
from numpy.typing import NDArray


def constant(tensor: gs.Tensor) -> NDArray[Any] | None:
    """The value of ``tensor`` when it is a constant, else ``None``."""
    if isinstance(tensor, gs.Constant):
        return np.asarray(tensor.values)
    if tensor.inputs and tensor.inputs[0].op == "Constant":
        value = tensor.inputs[0].attrs.get("value")
        return None if value is None else np.asarray(value.values)
    return None


def only_consumer(graph: gs.Graph, tensor: gs.Tensor) -> gs.Node | None:
    """The one node that reads ``tensor``; ``None`` if there are others or it is an output."""
    if len(tensor.outputs) != 1 or is_output(graph, tensor):
        return None
    return tensor.outputs[0]


def is_output(graph: gs.Graph, tensor: gs.Tensor) -> bool:
    return any(tensor is one for one in graph.outputs)


def bypass(graph: gs.Graph, node: gs.Node) -> bool:
    """Take ``node`` out of the way: who read its first output now reads its first input.

    A graph output keeps its name. False, and nothing done, where that is impossible: the node
    joins a graph input, a constant or another output to an output.
    """
    source, target = node.inputs[0], node.outputs[0]
    if not is_output(graph, target):
        _move_readers(target, source)
        node.outputs.clear()
        return True
    if not source.inputs or is_output(graph, source) or isinstance(source, gs.Constant):
        return False
    producer = source.inputs[0]
    slot = next(i for i, one in enumerate(producer.outputs) if one is source)
    node.inputs.clear()
    node.outputs.clear()
    _move_readers(source, target)
    producer.outputs[slot] = target
    return True


def _move_readers(old: gs.Tensor, new: gs.Tensor) -> None:
    for reader in list(old.outputs):
        for slot, tensor in enumerate(reader.inputs):
            if tensor is old:
                reader.inputs[slot] = new


def per_channel(value: NDArray[Any], channels: int) -> NDArray[np.float64] | None:
    """``value`` as ``[channels]`` if it broadcasts over NCHW by channel alone, else ``None``."""
    if value.size == 1:
        return np.full(channels, float(value.reshape(())), np.float64)
    shape = (1,) * (4 - value.ndim) + value.shape
    if value.ndim > 4 or shape != (1, channels, 1, 1):
        return None
    return value.astype(np.float64).reshape(channels)


def pads(node: gs.Node) -> bool:
    """Whether a convolution may see zeros from outside of its input."""
    if node.attrs.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return True
    return any(node.attrs.get("pads", ()))


def forget_inner_shapes(graph: gs.Graph) -> None:
    """Leave only the shapes of inputs and outputs: those inside change with what a pass does."""
    ends = {id(tensor) for tensor in [*graph.inputs, *graph.outputs]}
    for tensor in graph.tensors().values():
        if isinstance(tensor, gs.Variable) and id(tensor) not in ends:
            tensor.shape = None
