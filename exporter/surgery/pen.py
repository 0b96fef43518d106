"""Writing new nodes into a graph, in the form that the graph's opset has for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx_graphsurgeon as gs
from onnx import TensorProto

_AXES_ARE_INPUTS = 18  # of ReduceMax; ReduceSum, Unsqueeze and Split changed with opset 13


@dataclass(frozen=True)
class Pen:
    """Adds nodes to ``graph``; every node and the tensor it makes carry the given name."""

    graph: gs.Graph

    def node(
        self,
        op: str,
        name: str,
        inputs: Sequence[gs.Tensor],
        *,
        dtype: Any = np.float32,
        **attrs: Any,
    ) -> gs.Variable:
        """One node with one output."""
        return self.nodes(op, name, inputs, (name,), dtypes=(dtype,), **attrs)[0]

    def nodes(
        self,
        op: str,
        name: str,
        inputs: Sequence[gs.Tensor],
        outputs: Sequence[str],
        *,
        dtypes: Sequence[Any] = (),
        domain: str | None = None,
        **attrs: Any,
    ) -> tuple[gs.Variable, ...]:
        """One node with several outputs, float32 where ``dtypes`` says nothing else."""
        kinds = dtypes or (np.float32,) * len(outputs)
        made = tuple(gs.Variable(one, kind) for one, kind in zip(outputs, kinds, strict=True))
        self.graph.nodes.append(gs.Node(op, name, attrs, list(inputs), list(made), domain=domain))
        return made

    def constant(self, name: str, values: Any, dtype: Any = np.float32) -> gs.Constant:
        return gs.Constant(name, np.asarray(values, dtype))

    def split(
        self, name: str, source: gs.Tensor, sizes: Sequence[int], axis: int
    ) -> tuple[gs.Variable, ...]:
        """``source`` cut along ``axis`` into parts of ``sizes``."""
        names = tuple(f"{name}_{index}" for index in range(len(sizes)))
        if self.graph.opset < 13:
            return self.nodes("Split", name, [source], names, axis=axis, split=list(sizes))
        parts = self.constant(f"{name}_sizes", sizes, np.int64)
        return self.nodes("Split", name, [source, parts], names, axis=axis)

    def reduce(
        self, op: str, name: str, source: gs.Tensor, axis: int, *, keep: bool = False
    ) -> gs.Variable:
        """``ReduceSum`` or ``ReduceMax`` over one axis."""
        first = 13 if op == "ReduceSum" else _AXES_ARE_INPUTS
        if self.graph.opset < first:
            return self.node(op, name, [source], axes=[axis], keepdims=int(keep))
        axes = self.constant(f"{name}_axes", [axis], np.int64)
        return self.node(op, name, [source, axes], keepdims=int(keep))

    def unsqueeze(self, name: str, source: gs.Tensor, axis: int, dtype: Any) -> gs.Variable:
        if self.graph.opset < 13:
            return self.node("Unsqueeze", name, [source], dtype=dtype, axes=[axis])
        axes = self.constant(f"{name}_axes", [axis], np.int64)
        return self.node("Unsqueeze", name, [source, axes], dtype=dtype)

    def floats(self, name: str, source: gs.Tensor) -> gs.Variable:
        """``source`` as float32."""
        return self.node("Cast", name, [source], to=TensorProto.FLOAT)

    def rows(self, name: str, source: gs.Tensor, chosen: gs.Tensor, width: int) -> gs.Variable:
        """Rows ``chosen`` int64 ``[N, K]`` of ``source`` ``[N, A, width]``: ``[N, K, width]``.

        By GatherElements with repeated indices: it follows any batch size, and every TensorRT
        since 8.0 has it.
        """
        column = self.unsqueeze(f"{name}_column", chosen, 2, np.int64)
        repeats = self.constant(f"{name}_repeats", [1, 1, width], np.int64)
        index = self.node("Tile", f"{name}_index", [column, repeats], dtype=np.int64)
        return self.node("GatherElements", name, [source, index], axis=1)
