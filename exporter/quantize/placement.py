"""Where TensorRT wants Q/DQ pairs: decided here, carried out by ``qdq``.

Every Conv's and ConvTranspose's input and weights; those of a Gemm or MatMul that surgery has left
(it turns fully connected layers into Convs); an average pool's input. At a residual Add, only the
branch that does not come straight from a Conv of its own: TensorRT then fuses Conv, Add and the
activation behind them into one INT8 kernel that adds in full precision (NVIDIA, "Working with
Quantized Types", Q/DQ placement). Nothing stands between a Conv and its activation, SiLU's two
nodes included, so they fuse; and nothing at maximum pools, nearest resizes, slices and concats,
because TensorRT moves the pair behind them up through them.

Biases stay float (a quantised bias is refused), and so does all that leads to no Conv any more: a
head's decoding computes pixels, and 8 bits are too few for those. The Conv of a distribution (DFL:
it reads a Softmax) belongs to it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import onnx_graphsurgeon as gs

from exporter.surgery.wiring import constant, is_output, only_consumer

_WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_NARROWEST = 16  # columns that an INT8 matrix product computes at once; narrower ones convert boxes
_POOLS = ("AveragePool", "GlobalAveragePool")
_MOVES = ("Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Slice", "Split")


@dataclass(frozen=True)
class Edge:
    """Input ``slot`` of the node named ``node`` reads ``tensor`` through a Q/DQ pair."""

    tensor: str
    node: str
    slot: int


@dataclass(frozen=True)
class QdqPlan:
    """Activations by edge (one pair a tensor, shared by its edges), weights by node's name."""

    edges: tuple[Edge, ...]
    weights: tuple[str, ...]
    left: tuple[str, ...] = ()

    @property
    def tensors(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(edge.tensor for edge in self.edges))

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node that reads something through a Q/DQ pair."""
        return tuple(dict.fromkeys([*(edge.node for edge in self.edges), *self.weights]))

    def readers(self, tensors: Collection[str]) -> tuple[str, ...]:
        """The nodes that read one of ``tensors`` through a Q/DQ pair."""
        return tuple(dict.fromkeys(edge.node for edge in self.edges if edge.tensor in tensors))

    def only(self, node: str) -> QdqPlan:
        """The same for one node alone."""
        edges = tuple(edge for edge in self.edges if edge.node == node)
        return QdqPlan(edges, (node,) if node in self.weights else ())

    def without(self, keep: Collection[str]) -> QdqPlan:
        """The same with the nodes named in ``keep`` left in float."""
        return QdqPlan(
            tuple(edge for edge in self.edges if edge.node not in keep),
            tuple(one for one in self.weights if one not in keep),
            self.left,
        )


def plan(graph: gs.Graph) -> QdqPlan:
    """Decide for every node of ``graph`` (FP32, named, batch norms folded)."""
    edges: list[Edge] = []
    weights: list[str] = []
    left: list[str] = []
    before_weights = _before_weights(graph)
    for node in graph.nodes:
        reason = _why_not(node)
        if reason:
            left.append(f"{node.name}: {reason}")
        elif node.op in _WEIGHTED:
            edges.append(Edge(node.inputs[0].name, node.name, 0))
            weights.append(node.name)
        elif id(node) not in before_weights:
            continue
        elif node.op in _POOLS:
            edges.append(Edge(node.inputs[0].name, node.name, 0))
        elif node.op == "Add":
            edges.extend(_residual(graph, node))
    return QdqPlan(tuple(edges), tuple(weights), tuple(left))


def _why_not(node: gs.Node) -> str:
    """Why a weighted node stays float; empty for all others."""
    if node.op not in _WEIGHTED:
        return ""
    weight = constant(node.inputs[1])
    if weight is None:
        return "its weights are not constant"
    if node.op == "MatMul" and (weight.ndim != 2 or min(weight.shape) < _NARROWEST):
        return "it is a small matrix: arithmetic, not a layer"
    if _reads_softmax(node.inputs[0]):
        return "it takes the mean of a distribution, which 8 bits would round"
    return ""


def _reads_softmax(tensor: gs.Tensor) -> bool:
    while tensor.inputs and tensor.inputs[0].op in _MOVES:
        tensor = tensor.inputs[0].inputs[0]
    return bool(tensor.inputs) and tensor.inputs[0].op == "Softmax"


def _before_weights(graph: gs.Graph) -> set[int]:
    """The nodes that a quantised Conv or Gemm lies behind, by ``id``."""
    waiting = [one for one in graph.nodes if one.op in _WEIGHTED and not _why_not(one)]
    found: set[int] = set()
    while waiting:
        for tensor in waiting.pop().inputs:
            for producer in tensor.inputs:
                if id(producer) not in found:
                    found.add(id(producer))
                    waiting.append(producer)
    return found


def _residual(graph: gs.Graph, add: gs.Node) -> list[Edge]:
    """The Add's inputs, without the one Conv that it is fused into."""
    if any(isinstance(one, gs.Constant) for one in add.inputs):
        return []
    fused = next((i for i, one in enumerate(add.inputs) if _own_conv(graph, add, one)), None)
    return [Edge(one.name, add.name, slot) for slot, one in enumerate(add.inputs) if slot != fused]


def _own_conv(graph: gs.Graph, add: gs.Node, tensor: gs.Tensor) -> bool:
    comes_from_conv = bool(tensor.inputs) and tensor.inputs[0].op == "Conv"
    return comes_from_conv and only_consumer(graph, tensor) is add


def ranged(graph: gs.Graph) -> tuple[str, ...]:
    """The tensors that INT8 needs ranges of: the lines of a calibration cache, in graph order.

    The input, and all that leads to a Conv or comes straight from one. A head's decoding is left
    out: TensorRT takes a tensor with a range for one that may be 8 bits, and pixels may not.
    """
    before = _before_weights(graph)
    names = [one.name for one in graph.inputs]
    for node in graph.nodes:
        if id(node) in before or _ends_in(graph, node):
            names += [one.name for one in node.outputs]
    return tuple(names)


def _ends_in(graph: gs.Graph, node: gs.Node) -> bool:
    """Whether ``node`` is a weighted one, or the output that is computed straight from one."""
    if node.op in _WEIGHTED:
        return not _why_not(node)
    sources = node.inputs[0].inputs if node.inputs else []
    return is_output(graph, node.outputs[0]) and bool(sources) and _ends_in(graph, sources[0])
