"""Bias correction: quantisation moves a channel's mean, its bias moves it back.

Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction" (ICCV 2019),
section 4.2, with calibration pictures in the place of batch-norm statistics. Every convolution is
compared with its own quantised form on the *float* network's activations: what each adds is taken
away where it arises, all in one pass. (Comparing whole networks instead corrects an error once at
every layer that it reaches; iterated, that diverges in a network of fifty layers.)

Depthwise convolutions need it most: nine weights do not average their rounding errors away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter import onnx_file
from exporter.quantize import qdq
from exporter.quantize.placement import QdqPlan, plan
from exporter.runs import session
from exporter.surgery.wiring import constant

_CONVS = ("Conv", "ConvTranspose")
Shifts = dict[str, NDArray[np.float64]]


def shifts(
    model: onnx.ModelProto,
    thresholds: Mapping[str, float],
    pictures: Sequence[NDArray[np.float32]],
    *,
    weight_levels: int = qdq.WEIGHT_LEVELS,
) -> Shifts:
    """What quantising takes from the mean of each channel ``[C]``, by the Conv's name.

    ``model`` is the FP32 graph, ``pictures`` are ``[C, H, W]`` as the network takes them.
    """
    graph = gs.import_onnx(model)
    names = _add_comparisons(graph, plan(graph), thresholds, weight_levels)
    running = session(onnx_file.from_graph(graph))
    feed = running.get_inputs()[0].name
    totals: Shifts = {}
    for picture in pictures:
        values = running.run(list(names.values()), {feed: picture[None]})
        for name, value in zip(names, values, strict=True):
            totals[name] = totals.get(name, np.zeros(value.size)) + value.reshape(-1)
    return {name: total / len(pictures) for name, total in totals.items()}


def corrected(model: onnx.ModelProto, shift: Mapping[str, NDArray[np.float64]]) -> onnx.ModelProto:
    """``model`` with ``shift`` added to the biases of the Convs that it names."""
    graph = gs.import_onnx(model)
    correct(graph, shift)
    return onnx_file.from_graph(graph)


def correct(graph: gs.Graph, shift: Mapping[str, NDArray[np.float64]]) -> None:
    """The same in place."""
    for node in graph.nodes:
        if node.op in _CONVS and node.name in shift:
            _shift(node, shift[node.name])


def _add_comparisons(
    graph: gs.Graph, placement: QdqPlan, thresholds: Mapping[str, float], levels: int
) -> dict[str, str]:
    """Beside every quantised Conv its Q/DQ form on the same tensor, and the mean difference."""
    quantised = set(placement.weights)
    sources: dict[str, gs.Variable] = {}
    names: dict[str, str] = {}
    for conv in [one for one in graph.nodes if one.op in _CONVS and one.name in quantised]:
        tensor = conv.inputs[0]
        if tensor.name not in sources:
            scale = qdq.activation_scale(thresholds[tensor.name])
            sources[tensor.name] = qdq.pair(graph, tensor, scale)
        names[conv.name] = _add_comparison(graph, conv, sources[tensor.name], levels)
    return names


def _add_comparison(graph: gs.Graph, conv: gs.Node, source: gs.Variable, levels: int) -> str:
    beside, difference, mean = (
        gs.Variable(f"{conv.name}/{what}", np.float32) for what in ("beside", "difference", "mean")
    )
    inputs = [source, qdq.quantised_weight(graph, conv, levels), *conv.inputs[2:]]
    graph.nodes += [
        gs.Node(conv.op, beside.name, dict(conv.attrs), inputs, [beside]),
        gs.Node("Sub", difference.name, {}, [conv.outputs[0], beside], [difference]),
        gs.Node("GlobalAveragePool", mean.name, {}, [difference], [mean]),
    ]
    graph.outputs.append(mean)
    return str(mean.name)


def _shift(conv: gs.Node, shift: NDArray[np.float64]) -> None:
    bias = gs.Constant(f"{conv.name}.bias_corrected", shift.astype(np.float32))
    if len(conv.inputs) < 3:
        conv.inputs.append(bias)
        return
    old = constant(conv.inputs[2])
    assert old is not None  # an exported Conv's bias is a constant
    bias.values = (old + shift).astype(np.float32)
    conv.inputs[2] = bias
