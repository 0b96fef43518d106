"""Where TensorRT wants Q/DQ pairs: decided here, carried out by ``qdq``.

Every Conv's input and weights. At a residual Add, only the branch that does not come straight
from a Conv of its own: TensorRT then fuses Conv, Add and the activation behind them into one
INT8 kernel that adds in full precision (NVIDIA, "Working with Quantized Types", Q/DQ placement).
Biases stay float (a quantised bias is refused), and so do the network's outputs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import onnx_graphsurgeon as gs

from exporter.surgery.wiring import constant, only_consumer


@dataclass(frozen=True)
class Edge:
    """Input ``slot`` of the node named ``node`` reads ``tensor`` through a Q/DQ pair."""

    tensor: str
    node: str
    slot: int


@dataclass(frozen=True)
class QdqPlan:
    """Activations by edge (one pair a tensor, shared by its edges), weights by Conv's name."""

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

    def without(self, keep: Collection[str]) -> QdqPlan:
        """The same with the nodes named in ``keep`` left in float."""
        return QdqPlan(
            tuple(edge for edge in self.edges if edge.node not in keep),
            tuple(one for one in self.weights if one not in keep),
            self.left,
        )


def plan(graph: gs.Graph) -> QdqPlan:
    """Decide for every Conv and residual Add of ``graph`` (FP32, named, batch norms folded)."""
    edges: list[Edge] = []
    weights: list[str] = []
    left: list[str] = []
    for node in graph.nodes:
        if node.op == "Conv" and constant(node.inputs[1]) is None:
            left.append(f"{node.name}: its weights are not constant")
        elif node.op == "Conv":
            edges.append(Edge(node.inputs[0].name, node.name, 0))
            weights.append(node.name)
        elif node.op == "Add":
            edges.extend(_residual(graph, node))
    return QdqPlan(tuple(edges), tuple(weights), tuple(left))


def _residual(graph: gs.Graph, add: gs.Node) -> list[Edge]:
    """The Add's inputs, without the one Conv that it is fused into."""
    if any(isinstance(one, gs.Constant) for one in add.inputs):
        return []
    fused = next((i for i, one in enumerate(add.inputs) if _own_conv(graph, add, one)), None)
    return [Edge(one.name, add.name, slot) for slot, one in enumerate(add.inputs) if slot != fused]


def _own_conv(graph: gs.Graph, add: gs.Node, tensor: gs.Tensor) -> bool:
    comes_from_conv = bool(tensor.inputs) and tensor.inputs[0].op == "Conv"
    return comes_from_conv and only_consumer(graph, tensor) is add
