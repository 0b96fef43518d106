"""The INT8 lane for TensorRT 8 and newer: Q/DQ pairs in the ONNX graph.

What TensorRT accepts: symmetric int8, zero point 0, weights per output channel, no quantised bias.
Weights stay float in the file with a Q/DQ pair behind them, the one form that every TensorRT since
8.0 reads (int8 initialisers came later).

A ConvTranspose has one scale for all its weights. Its output channels are axis 1, and TensorRT's
kernels take the scales of a deconvolution along axis 0, its input channels: with axis 1 some
versions refuse it and 8.2 computed something else (NVIDIA/TensorRT, issues 1519, 1694, 2380).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter import onnx_file
from exporter.quantize.placement import QdqPlan, plan
from exporter.surgery.wiring import constant
from train2edge.calibration.ranges import LEVELS
from train2edge.errors import InputError, WorkError

WEIGHT_LEVELS = 127
# CPUs without VNNI add pairs of int8 products in 16 bits: 2 * 255 * 64 fits, 2 * 255 * 127 does not
CPU_WEIGHT_LEVELS = 63
_SMALLEST_SCALE = float(np.finfo(np.float32).tiny)


def quantize(
    model: onnx.ModelProto,
    thresholds: Mapping[str, float],
    *,
    weight_levels: int = WEIGHT_LEVELS,
    keep: Collection[str] = (),
) -> tuple[onnx.ModelProto, QdqPlan]:
    """A copy of ``model`` with Q/DQ pairs; ``thresholds`` are the tensors' magnitudes at 127.

    Nodes whose names are in ``keep`` stay float.
    ``WorkError`` naming the tensor that has no threshold, ``InputError`` for an opset below 13
    (its QuantizeLinear has no per-channel scale).
    """
    graph = gs.import_onnx(model)
    if graph.opset < 13:
        raise InputError(
            f"Q/DQ needs ONNX opset 13, this model has {graph.opset}",
            hint="export it with --set export.opset=13 or higher",
        )
    placement = plan(graph).without(keep)
    missing = [one for one in placement.tensors if one not in thresholds]
    if missing:
        raise WorkError(f"no range was measured for {', '.join(missing)}")
    apply(graph, placement, thresholds, weight_levels)
    return onnx_file.from_graph(graph), placement


def apply(
    graph: gs.Graph,
    placement: QdqPlan,
    thresholds: Mapping[str, float],
    weight_levels: int = WEIGHT_LEVELS,
) -> None:
    """Put the plan's Q/DQ pairs on its edges and weights, in place; one pair a tensor."""
    _quantize_activations(graph, placement, thresholds)
    _quantize_weights(graph, placement, weight_levels)


def _quantize_activations(
    graph: gs.Graph, placement: QdqPlan, thresholds: Mapping[str, float]
) -> None:
    nodes = {node.name: node for node in graph.nodes}
    tensors = graph.tensors()
    for name in placement.tensors:
        back = pair(graph, tensors[name], activation_scale(thresholds[name]))
        for edge in placement.edges:
            if edge.tensor == name:
                nodes[edge.node].inputs[edge.slot] = back


def _quantize_weights(graph: gs.Graph, placement: QdqPlan, levels: int) -> None:
    nodes = {node.name: node for node in graph.nodes}
    for name in placement.weights:
        nodes[name].inputs[1] = quantised_weight(graph, nodes[name], levels)


def quantised_weight(graph: gs.Graph, conv: gs.Node, levels: int) -> gs.Variable:
    """What comes out of a Q/DQ pair, added to ``graph``, behind the constant weight of ``conv``."""
    value = constant(conv.inputs[1])
    assert value is not None  # the plan names only constant weights
    weight = gs.Constant(f"{conv.name}.weight_float", np.asarray(value, np.float32))
    axis = output_axis(conv)
    return pair(graph, weight, weight_scales(weight.values, levels, axis), axis)


def output_axis(node: gs.Node) -> int | None:
    """The dimension of a weight that has a scale each; ``None``: one scale for all of it."""
    if node.op == "ConvTranspose":
        return None
    by_input = node.op == "MatMul" or (node.op == "Gemm" and not node.attrs.get("transB", 0))
    return 1 if by_input else 0


def activation_scale(threshold: float) -> NDArray[np.float32]:
    """The scale whose 127 is ``threshold``, as a scalar that no runtime divides by zero with."""
    return np.asarray(max(threshold / LEVELS, _SMALLEST_SCALE), np.float32)


def weight_scales(
    weight: NDArray[np.float32], levels: int, axis: int | None = 0
) -> NDArray[np.float32]:
    """``max|w| / levels`` of every channel along ``axis``, or of the whole where there is none.

    A channel of zeros gets scale 1.
    """
    others = tuple(one for one in range(weight.ndim) if one != axis)
    largest = np.abs(weight).max(axis=others)
    scales = np.where(largest > 0, np.maximum(largest / levels, _SMALLEST_SCALE), 1.0)
    return scales.astype(np.float32)


def pair(
    graph: gs.Graph, tensor: gs.Tensor, scale: NDArray[np.float32], axis: int | None = None
) -> gs.Variable:
    """QuantizeLinear and DequantizeLinear behind ``tensor``; gives what comes out of them."""
    name = tensor.name
    zero = gs.Constant(f"{name}_zero_point", np.zeros(scale.shape, np.int8))
    factor = gs.Constant(f"{name}_scale", scale)
    attrs: dict[str, Any] = {} if axis is None else {"axis": axis}
    small = gs.Variable(f"{name}_quantized", np.int8)
    back = gs.Variable(f"{name}_dequantized", np.float32)
    for op, source, target in (
        ("QuantizeLinear", tensor, small),
        ("DequantizeLinear", small, back),
    ):
        graph.nodes.append(
            gs.Node(op, f"{name}_{op}", dict(attrs), [source, factor, zero], [target])
        )
    return back
