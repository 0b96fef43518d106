"""Cut a graph at inner tensors: what comes after them (a foreign NMS, a decoding) is left out."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import onnx
import onnx_graphsurgeon as gs

from exporter.onnx_file import from_graph
from train2edge.errors import InputError


def cut(model: onnx.ModelProto, names: Sequence[str]) -> onnx.ModelProto:
    """A copy of ``model`` whose outputs are the tensors ``names``, in that order.

    ``InputError`` with the nearest names for one that the graph does not have.
    """
    graph = gs.import_onnx(onnx.shape_inference.infer_shapes(model))
    tensors = {one.name: one for node in graph.nodes for one in node.outputs}
    for name in names:
        if name not in tensors:
            near = difflib.get_close_matches(name, tensors, 3)
            raise InputError(
                f"the graph has no tensor '{name}'",
                where="--outputs",
                hint=f"it has {', '.join(near)}" if near else "a viewer shows the names",
            )
    graph.outputs = [tensors[name] for name in names]
    return from_graph(graph)
