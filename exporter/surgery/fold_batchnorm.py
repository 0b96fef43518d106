"""Batch normalisation after a convolution becomes part of the convolution."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter.surgery.report import PassReport
from exporter.surgery.wiring import bypass, constant, only_consumer
from train2edge.contract import Contract


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Fold every BatchNormalization that alone reads a Conv with constant weights."""
    folded, notes = 0, []
    for norm in [node for node in graph.nodes if node.op == "BatchNormalization"]:
        reason = _why_not(graph, norm)
        if reason:
            notes.append(f"{norm.name} stays: {reason}")
            continue
        _fold(norm.inputs[0].inputs[0], norm)
        folded += bypass(graph, norm)
    graph.cleanup()
    return PassReport("fold_batchnorm", folded, tuple(notes))


def _why_not(graph: gs.Graph, norm: gs.Node) -> str | None:
    source = norm.inputs[0]
    conv = source.inputs[0] if source.inputs else None
    if conv is None or conv.op != "Conv":
        return "it does not follow a Conv"
    alone = only_consumer(graph, source) is norm
    if not alone:
        return "others read the Conv too"
    if any(constant(one) is None for one in [*norm.inputs[1:5], *conv.inputs[1:]]):
        return "its weights are not constant"
    return None


def _fold(conv: gs.Node, norm: gs.Node) -> None:
    """``gamma * (w*x + b - mean) / sqrt(var + eps) + beta`` as one ``w'*x + b'``, in float64."""
    gamma, beta, mean, variance = (_value(one) for one in norm.inputs[1:5])
    factor = gamma / np.sqrt(variance + norm.attrs.get("epsilon", 1e-5))
    weight = _value(conv.inputs[1])
    bias = _value(conv.inputs[2]) if len(conv.inputs) > 2 else np.zeros(len(factor))
    set_weights(
        conv, weight * factor.reshape(-1, *[1] * (weight.ndim - 1)), (bias - mean) * factor + beta
    )


def set_weights(conv: gs.Node, weight: NDArray[Any], bias: NDArray[Any]) -> None:
    """Give ``conv`` constants of its own (a shared weight must not change for the others)."""
    own = conv.name or conv.outputs[0].name
    conv.inputs[1] = gs.Constant(f"{own}.weight", weight.astype(np.float32))
    constant_bias = gs.Constant(f"{own}.bias", bias.astype(np.float32))
    if len(conv.inputs) > 2:
        conv.inputs[2] = constant_bias
    else:
        conv.inputs.append(constant_bias)


def _value(tensor: gs.Tensor) -> NDArray[np.float64]:
    value = constant(tensor)
    assert value is not None  # asked before
    return value.astype(np.float64)
