"""Channels of very different size in front of a depthwise Conv are brought to one size.

An INT8 tensor has one scale. Where one channel reaches 140 and the others 3, as behind the first
layer of many small networks, 8 bits leave the others a handful of steps, and a depthwise Conv has
nothing to make up for it. So each channel is divided by its own power of two before that Conv and
the Conv's weights for it are multiplied by the same: the result is the same to the last bit, and
the tensor in between is as if it had a scale for each channel (Nagel et al., "Data-free
quantization", 2019, have the idea; there both sides are convolutions).

Behind a Conv (and ReLU or LeakyRelu) the division goes into its weights and costs nothing. Behind
anything else it is one more product, which TensorRT joins to the activation's kernel; so it is
done only where channels differ enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter.surgery.fold_batchnorm import set_weights
from exporter.surgery.pen import Pen
from exporter.surgery.report import PassReport
from exporter.surgery.wiring import constant, is_output, only_consumer

UNEVEN = 4.0  # largest channel over the middle one, from which on it is done; found on YOLOX-Nano
_MOST = 2.0**10
_HOMOGENEOUS = ("Relu", "LeakyRelu")


def tensors(graph: gs.Graph) -> tuple[str, ...]:
    """The inputs of depthwise Convs that nobody else reads: their channels' peaks are wanted."""
    return tuple(one.inputs[0].name for one in graph.nodes if _depthwise(graph, one))


def apply(graph: gs.Graph, peaks: Mapping[str, NDArray[np.float32]]) -> PassReport:
    """Equalise where it pays; ``peaks`` is the largest magnitude ``[C]`` of each tensor."""
    changed, notes = 0, []
    for conv in [one for one in graph.nodes if _depthwise(graph, one)]:
        tensor = conv.inputs[0]
        scales = _scales(peaks[tensor.name])
        if scales is None:
            continue
        free = _divide(graph, tensor, conv, scales)
        notes.append(
            f"{conv.name}: largest of its channels {scales.max():g} times the middle one"
            f"{', in the weights before it' if free else ', one product more'}"
        )
        changed += 1
    graph.cleanup().toposort()
    return PassReport("equalise_channels", changed, tuple(notes))


def _depthwise(graph: gs.Graph, node: gs.Node) -> bool:
    weight = constant(node.inputs[1]) if node.op == "Conv" else None
    if weight is None or weight.shape[1] != 1 or node.attrs.get("group", 1) != weight.shape[0]:
        return False
    if any(constant(one) is None for one in node.inputs[2:]):
        return False
    return bool(node.inputs[0].inputs) and only_consumer(graph, node.inputs[0]) is node


def _scales(peaks: NDArray[np.float32]) -> NDArray[np.float64] | None:
    """A power of two for each channel; ``None`` where they are even enough."""
    alive = peaks[peaks > 0]
    if not len(alive) or alive.max() < UNEVEN * np.median(alive):
        return None
    relative = np.where(peaks > 0, peaks, np.median(alive)) / np.median(alive)
    powers = np.rint(np.log2(np.clip(relative, 1 / _MOST, _MOST)))
    return np.asarray(2.0**powers, np.float64)


def _divide(graph: gs.Graph, tensor: gs.Tensor, conv: gs.Node, scales: NDArray[np.float64]) -> bool:
    """Divide ``tensor`` by ``scales``, multiply in ``conv``; whether that needed no new node."""
    _scale(conv, scales, bias=False)
    before = _conv_before(graph, tensor)
    if before is not None:
        _scale(before, 1 / scales, bias=True)
        return True
    factors = Pen(graph).constant(f"{conv.name}_scales", (1 / scales).reshape(1, -1, 1, 1))
    conv.inputs[0] = Pen(graph).node("Mul", f"{conv.name}_even", [tensor, factors])
    return False


def _conv_before(graph: gs.Graph, tensor: gs.Tensor) -> gs.Node | None:
    """The Conv that ``tensor`` comes from, through at most one homogeneous activation."""
    node = tensor.inputs[0]
    alone = len(node.inputs[0].outputs) == 1 and not is_output(graph, node.inputs[0])
    if node.op in _HOMOGENEOUS and alone:
        node = next(iter(node.inputs[0].inputs), node)
    weights = node.inputs[1:] if node.op == "Conv" else [tensor]
    return node if all(constant(one) is not None for one in weights) else None


def _scale(conv: gs.Node, factors: NDArray[np.float64], *, bias: bool) -> None:
    """Multiply the weights of every output channel, and its bias with ``bias``."""
    weight: NDArray[Any] = np.asarray(constant(conv.inputs[1]), np.float64)
    old = np.zeros(len(weight))
    if len(conv.inputs) > 2:
        old = np.asarray(constant(conv.inputs[2]), np.float64)
    shaped = factors.reshape(-1, *[1] * (weight.ndim - 1))
    set_weights(conv, weight * shaped, old * factors if bias else old)
