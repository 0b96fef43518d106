"""How much noise each layer's quantisation alone brings to what the network says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import onnx
import onnx_graphsurgeon as gs

from exporter.quantize import bias_correction, placement, qdq
from exporter.quantize.bias_correction import Shifts
from exporter.quantize.placement import QdqPlan
from exporter.quantize.reference import Reference
from train2edge.progress import track

# the dimensions of what a layer gives (a ConvTranspose: reads) in which its weights are used again
_WHERE = {
    "Conv": slice(2, None),
    "ConvTranspose": slice(2, None),
    "Gemm": slice(0, 0),
    "MatMul": slice(1, -1),
}


@dataclass(frozen=True)
class LayerNoise:
    """``noise`` of one node quantised alone, and its multiply-adds for one picture."""

    node: str
    noise: float
    macs: int


def measure(
    reference: Reference, thresholds: Mapping[str, float], shift: Shifts
) -> tuple[LayerNoise, ...]:
    """Every node that would be quantised, the noisiest first (ties in graph order)."""
    whole = placement.plan(gs.import_onnx(reference.model))
    work = multiply_adds(reference.model)

    def noise(name: str) -> float:
        alone = whole.only(name)

        def change(graph: gs.Graph) -> None:
            qdq.apply(graph, alone, thresholds)
            bias_correction.correct(graph, {name: shift[name]} if name in shift else {})

        return reference.noise_with([name], change)

    names = track(whole.nodes, "noise of every layer", len(whole.nodes), "layers")
    found = [LayerNoise(name, noise(name), work.get(name, 0)) for name in names]
    return tuple(sorted(found, key=lambda one: -one.noise))


def noise_of_tensor(reference: Reference, whole: QdqPlan, tensor: str, threshold: float) -> float:
    """Of ``tensor`` alone in INT8 wherever it is read through a pair of the plan ``whole``."""
    edges = tuple(one for one in whole.edges if one.tensor == tensor)

    def change(graph: gs.Graph) -> None:
        qdq.apply(graph, QdqPlan(edges, ()), {tensor: threshold})

    return reference.noise_with([one.node for one in edges], change)


def multiply_adds(model: onnx.ModelProto) -> dict[str, int]:
    """Multiply-adds of every layer with weights for one picture, by the node's name."""
    graph = gs.import_onnx(onnx.shape_inference.infer_shapes(model))
    return {
        node.name: int(math.prod(node.inputs[1].shape)) * _places(node)
        for node in graph.nodes
        if node.op in _WHERE and isinstance(node.inputs[1], gs.Constant)
    }


def _places(node: gs.Node) -> int:
    """How often a layer's weights are used for one picture."""
    tensor = node.inputs[0] if node.op == "ConvTranspose" else node.outputs[0]
    return math.prod(one for one in (tensor.shape or ())[_WHERE[node.op]] if isinstance(one, int))
