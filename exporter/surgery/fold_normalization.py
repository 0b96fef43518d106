"""Per-channel normalisation in front of the first convolution becomes part of its weights.

nvinfer knows one scale for all channels, so a per-channel ``1/std`` lives in the graph; here it
costs nothing. A mean is another matter: the convolution pads with zeros *after* the subtraction,
so a folded mean is wrong at the border. It stays in the graph, and belongs in the contract's
``offsets``, which nvinfer subtracts before padding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter.surgery.fold_batchnorm import set_weights
from exporter.surgery.report import PassReport
from exporter.surgery.wiring import constant, only_consumer, pads, per_channel
from train2edge.contract import Contract

_OPS = ("Mul", "Div", "Add", "Sub")


@dataclass(frozen=True)
class _Affine:
    """``y = factor * x + shift`` by channel."""

    factor: NDArray[np.float64]
    shift: NDArray[np.float64]


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Fold the chain of Mul, Div, Add, Sub between the graph's input and its first Conv."""
    chain, conv = _chain(graph)
    if conv is None or not chain:
        return PassReport("fold_normalization", 0)
    affine = _compose(chain, graph.inputs[0], contract.input.channels)
    reason = _why_not(conv, affine)
    if affine is None or reason:
        return PassReport("fold_normalization", 0, (f"left in the graph: {reason}",))
    if affine.shift.any() and pads(conv):
        return _fold_factor_only(graph, chain, conv, affine, contract.input.scale)
    _fold(conv, affine)
    conv.inputs[0] = graph.inputs[0]
    graph.cleanup()
    return PassReport("fold_normalization", len(chain))


def _chain(graph: gs.Graph) -> tuple[list[gs.Node], gs.Node | None]:
    nodes: list[gs.Node] = []
    tensor = graph.inputs[0]
    while True:
        node = only_consumer(graph, tensor)
        if node is None or node.op not in (*_OPS, "Conv"):
            return nodes, None
        if node.op == "Conv":
            return nodes, node
        nodes.append(node)
        tensor = node.outputs[0]


def _compose(chain: list[gs.Node], tensor: gs.Tensor, channels: int) -> _Affine | None:
    total = _Affine(np.ones(channels), np.zeros(channels))
    for node in chain:
        first = node.inputs[0] is tensor
        value = constant(node.inputs[1] if first else node.inputs[0])
        by_channel = None if value is None else per_channel(value, channels)
        if by_channel is None or (not first and node.op == "Div"):
            return None
        total = _after(total, node.op, by_channel, first)
        tensor = node.outputs[0]
    return total


def _after(total: _Affine, op: str, value: NDArray[np.float64], first: bool) -> _Affine:
    if op == "Mul":
        return _Affine(total.factor * value, total.shift * value)
    if op == "Div":
        return _Affine(total.factor / value, total.shift / value)
    if op == "Add":
        return _Affine(total.factor, total.shift + value)
    sign = 1 if first else -1  # constant - x
    return _Affine(sign * total.factor, sign * (total.shift - value))


def _why_not(conv: gs.Node, affine: _Affine | None) -> str:
    if affine is None:
        return "not by channel, or not constant"
    if constant(conv.inputs[1]) is None:
        return f"the weights of {conv.name} are not constant"
    if conv.attrs.get("group", 1) != 1:
        return f"{conv.name} is a grouped convolution"
    if not np.isfinite(affine.factor).all() or not affine.factor.all():
        return "a factor is zero or not finite"
    return ""


def _fold(conv: gs.Node, affine: _Affine) -> None:
    weight = np.asarray(constant(conv.inputs[1]), np.float64)
    bias = np.zeros(weight.shape[0])
    if len(conv.inputs) > 2:
        bias = np.asarray(constant(conv.inputs[2]), np.float64)
    moved = np.einsum("oihw,i->o", weight, affine.shift)
    set_weights(conv, weight * affine.factor.reshape(1, -1, 1, 1), bias + moved)


def _fold_factor_only(
    graph: gs.Graph, chain: list[gs.Node], conv: gs.Node, affine: _Affine, scale: float
) -> PassReport:
    """``factor * x + shift`` = ``factor * (x + shift/factor)``: one Add stays before the Conv.

    ``scale`` is nvinfer's: in the contract's offsets, which are pixels, the mean is that smaller.
    """
    shift = (affine.shift / affine.factor).astype(np.float32).reshape(1, -1, 1, 1)
    _fold(conv, _Affine(affine.factor, np.zeros_like(affine.shift)))
    moved = gs.Variable("input_shifted", np.float32)
    values = gs.Constant("input_shift", shift)
    graph.nodes.append(
        gs.Node("Add", "input_shift", inputs=[graph.inputs[0], values], outputs=[moved])
    )
    conv.inputs[0] = moved
    graph.cleanup().toposort()
    offsets = ", ".join(f"{-value / scale:g}" for value in shift.ravel())
    note = (
        "a mean stays in the graph, since the first Conv pads with zeros after it; "
        f"it costs nothing as {offsets} more in the contract's offsets"
    )
    return PassReport("fold_normalization", len(chain) - 1, (note,))
