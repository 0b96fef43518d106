"""How much noise each layer's quantisation alone brings to what the network says.

Noise is measured where a network's own outputs are, before a head's decoding and ranking: at the
Convs that no other leads on to, after their sigmoid. Its figure is the mean squared difference
over the variance of the float values, summed over those tensors: ten times its negative logarithm
are the decibels of signal to quantisation noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter.quantize import bias_correction, placement, qdq
from exporter.quantize.bias_correction import Shifts
from exporter.runs import session, with_outputs
from train2edge.progress import track

# the dimensions of what a layer gives (a ConvTranspose: reads) in which its weights are used again
_WHERE = {
    "Conv": slice(2, None),
    "ConvTranspose": slice(2, None),
    "Gemm": slice(0, 0),
    "MatMul": slice(1, -1),
}
Pictures = Sequence[NDArray[np.float32]]


@dataclass(frozen=True)
class LayerNoise:
    """``noise`` of one node quantised alone, and its multiply-adds for one picture."""

    node: str
    noise: float
    macs: int


@dataclass(frozen=True)
class Reference:
    """What the float network gives: ``values`` of its last ``tensors``, a row a picture."""

    tensors: tuple[str, ...]
    values: tuple[tuple[NDArray[np.float32], ...], ...]
    pictures: Pictures

    @classmethod
    def of(cls, model: onnx.ModelProto, pictures: Pictures) -> Reference:
        tensors = last_tensors(gs.import_onnx(model))
        return cls(tensors, _values(model, tensors, pictures), pictures)

    def noise_of(self, model: onnx.ModelProto) -> float:
        """Relative noise of ``model``, the worst of the tensors."""
        found = _values(model, self.tensors, self.pictures)
        return max(
            relative_noise([row[i] for row in self.values], [row[i] for row in found])
            for i in range(len(self.tensors))
        )


def decibels(noise: float) -> float:
    """Signal to noise in dB; infinite without noise."""
    return -10 * math.log10(noise) if noise > 0 else math.inf


def measure(
    model: onnx.ModelProto,
    reference: Reference,
    thresholds: Mapping[str, float],
    shift: Shifts,
) -> tuple[LayerNoise, ...]:
    """Every node that would be quantised, the noisiest first (ties in graph order)."""
    names = placement.plan(gs.import_onnx(model)).nodes
    work = multiply_adds(model)
    found = []
    for name in track(names, "noise of every layer", len(names), "layers"):
        others = [one for one in names if one != name]
        alone, _ = qdq.quantize(model, thresholds, keep=others)
        if name in shift:
            alone = bias_correction.corrected(alone, {name: shift[name]})
        found.append(LayerNoise(name, reference.noise_of(alone), work.get(name, 0)))
    return tuple(sorted(found, key=lambda one: -one.noise))


def last_tensors(graph: gs.Graph) -> tuple[str, ...]:
    """Outputs of the quantisable layers that lead to no other, after a sigmoid."""
    weighted = set(placement.plan(graph).weights)
    before = _upstream(graph, weighted)
    last = [one for one in graph.nodes if one.name in weighted and id(one) not in before]
    return tuple(_after_sigmoid(one.outputs[0]) for one in last)


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


def _upstream(graph: gs.Graph, names: set[str]) -> set[int]:
    """Ids of the nodes that lead to a node of ``names``."""
    waiting = [one for one in graph.nodes if one.name in names]
    found: set[int] = set()
    while waiting:
        for tensor in waiting.pop().inputs:
            fresh = [one for one in tensor.inputs if id(one) not in found]
            found.update(map(id, fresh))
            waiting += fresh
    return found


def _after_sigmoid(tensor: gs.Tensor) -> str:
    readers = tensor.outputs
    if len(readers) == 1 and readers[0].op == "Sigmoid":
        return str(readers[0].outputs[0].name)
    return str(tensor.name)


def _values(
    model: onnx.ModelProto, tensors: Sequence[str], pictures: Pictures
) -> tuple[tuple[NDArray[np.float32], ...], ...]:
    running = session(with_outputs(model, tensors))
    feed = running.get_inputs()[0].name
    return tuple(tuple(running.run(list(tensors), {feed: one[None]})) for one in pictures)


def relative_noise(
    wanted: Sequence[NDArray[np.float32]], found: Sequence[NDArray[np.float32]]
) -> float:
    """Mean squared difference over the variance of ``wanted``, over all pictures."""
    a, b = np.stack(wanted).astype(np.float64), np.stack(found).astype(np.float64)
    spread = float(a.var())
    return float(((a - b) ** 2).mean()) / spread if spread > 0 else 0.0
