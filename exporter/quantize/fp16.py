"""The FP16 lane for TensorRT 11: types written into the graph, since no flag chooses them there.

Weights and activations become float16; the input and the outputs stay float32, because nvinfer
feeds and parses float32 (its built-in parsers cast the buffer to ``float*``). So does every node
that reads, makes or holds what is too large for float16 (``overflow``): an island, with casts at
its shores.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from onnx import TensorProto

from exporter import onnx_file
from exporter.surgery.wiring import forget_inner_shapes

KEY = "fp32_layers"  # in the bundle's provenance: the islands' nodes
LARGEST = float(np.finfo(np.float16).max)
_STAYS_FLOAT = {"Resize": (1, 2)}  # roi and scales are float32 by the operator's definition
_KINDS: dict[str, tuple[np.dtype[Any], int]] = {
    "fp16": (np.dtype(np.float16), TensorProto.FLOAT16),
    "fp32": (np.dtype(np.float32), TensorProto.FLOAT),
}


def to_fp16(
    model: onnx.ModelProto, large: Collection[str] = ()
) -> tuple[onnx.ModelProto, tuple[str, ...]]:
    """A strongly typed float16 copy of a float32 ``model``, and the names of its islands' nodes.

    ``large`` are the tensors that float16 may not hold.
    """
    graph = gs.import_onnx(onnx.shape_inference.infer_shapes(model))
    forget_inner_shapes(graph)
    islands = _islands(graph, large)
    nodes = list(graph.nodes)
    shores = _Shores.of(graph, [*islands, *(one for one in nodes if _makes_floats(one))], large)
    for node in nodes:
        shores.write_outputs(node)
    for node in nodes:
        shores.write_inputs(node)
    return onnx_file.from_graph(graph), tuple(one.name for one in islands)


def islands_of(model: onnx.ModelProto, large: Collection[str]) -> tuple[str, ...]:
    """The names of the nodes that ``to_fp16`` leaves in FP32."""
    return tuple(one.name for one in _islands(gs.import_onnx(model), large))


def _islands(graph: gs.Graph, large: Collection[str]) -> list[gs.Node]:
    return [one for one in graph.nodes if _is_island(one, large)]


def _is_island(node: gs.Node, large: Collection[str]) -> bool:
    if any(one.name in large for one in [*node.inputs, *node.outputs]):
        return True
    return any(not np.abs(one.values).max(initial=0.0) <= LARGEST for _, one in _constants(node))


def _makes_floats(node: gs.Node) -> bool:
    """ConstantOfShape and its like: float32, whatever the graph computes in."""
    reads = [one for one in node.inputs if _is_float(one)]
    return node.op != "Cast" and not reads and any(_is_float(one) for one in node.outputs)


@dataclass(frozen=True)
class _Shores:
    """``wide`` nodes, by ``id``, compute in float32 and the others in float16; so do the tensors
    of the names ``full``. A cast stands wherever a node and a tensor differ."""

    graph: gs.Graph
    wide: frozenset[int]
    full: frozenset[str]
    casts: dict[str, gs.Variable] = field(default_factory=dict)

    @classmethod
    def of(cls, graph: gs.Graph, nodes: Collection[gs.Node], large: Collection[str]) -> _Shores:
        wide = frozenset(map(id, nodes))
        ends = {one.name for one in [*graph.inputs, *graph.outputs]}
        inner = {name for name, one in graph.tensors().items() if _lies_within(one, wide)}
        return cls(graph, wide, frozenset(ends | inner | set(large)))

    def write_outputs(self, node: gs.Node) -> None:
        if id(node) not in self.wide:
            _narrow(node)
        for slot, tensor in enumerate(node.outputs):
            if _is_float(tensor):
                home, made = self._home(tensor), self._kind(node)
                tensor.dtype = _KINDS[home][0]
                if home != made:
                    node.outputs[slot] = self._other(tensor, made)
                    self._cast(node.outputs[slot], tensor, home, f"{tensor.name}.to_{home}")

    def write_inputs(self, node: gs.Node) -> None:
        wanted = self._kind(node)
        for slot, tensor in enumerate(node.inputs):
            stays = slot in _STAYS_FLOAT.get(node.op, ())
            if not isinstance(tensor, gs.Variable) or stays or tensor.dtype is None:
                continue
            if tensor.dtype.kind == "f" and self._home(tensor) != wanted:
                node.inputs[slot] = self._as(tensor, wanted)

    def _as(self, tensor: gs.Variable, kind: str) -> gs.Variable:
        if tensor.name not in self.casts:
            made = self._other(tensor, kind)
            self._cast(tensor, made, kind, f"{tensor.name}.to_{kind}")
        return self.casts[tensor.name]

    def _other(self, tensor: gs.Variable, kind: str) -> gs.Variable:
        """``tensor`` in the type that it is not kept in."""
        self.casts[tensor.name] = gs.Variable(f"{tensor.name}.{kind}", _KINDS[kind][0])
        return self.casts[tensor.name]

    def _cast(self, source: gs.Tensor, target: gs.Tensor, kind: str, name: str) -> None:
        attributes = {"to": _KINDS[kind][1]}
        self.graph.nodes.append(gs.Node("Cast", name, attributes, [source], [target]))

    def _kind(self, node: gs.Node) -> str:
        return "fp32" if id(node) in self.wide else "fp16"

    def _home(self, tensor: gs.Tensor) -> str:
        return "fp32" if tensor.name in self.full else "fp16"


def _lies_within(tensor: gs.Tensor, wide: Collection[int]) -> bool:
    """Whether all that make and read ``tensor`` compute in float32."""
    ends = [*tensor.inputs, *tensor.outputs]
    return isinstance(tensor, gs.Variable) and all(id(one) in wide for one in ends)


def _is_float(tensor: gs.Tensor) -> bool:
    return bool(tensor.dtype == np.float32)


def _constants(node: gs.Node) -> Iterator[tuple[int, gs.Constant]]:
    """The float32 constants of ``node`` by slot, but for those that stay float32 anyway."""
    for slot, tensor in enumerate(node.inputs):
        stays = slot in _STAYS_FLOAT.get(node.op, ())
        if isinstance(tensor, gs.Constant) and tensor.values.dtype == np.float32 and not stays:
            yield slot, tensor


def _narrow(node: gs.Node) -> None:
    """Its constants, and what it casts to, in float16."""
    for slot, tensor in list(_constants(node)):
        node.inputs[slot] = gs.Constant(f"{tensor.name}.fp16", tensor.values.astype(np.float16))
    if node.op == "Cast" and node.attrs["to"] in (TensorProto.FLOAT, np.float32):
        node.attrs["to"] = TensorProto.FLOAT16
