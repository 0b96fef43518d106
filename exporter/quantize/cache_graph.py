"""The float graph that a calibration cache goes with: its biases are those of the Q/DQ graph.

A cache holds ranges and nothing else. What bias correction did to the Q/DQ graph has to stand in
the graph that TensorRT quantises by the cache as well, or two devices compute two networks, of
which one was scored.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import onnx
import onnx_graphsurgeon as gs

from exporter import onnx_file
from exporter.surgery.wiring import constant

_CONVS = ("Conv", "ConvTranspose")


def with_biases_of(
    qdq: onnx.ModelProto, model: onnx.ModelProto, left: Collection[str]
) -> onnx.ModelProto:
    """The float ``model`` with the biases of its Q/DQ form, but for the nodes ``left`` in float."""
    biases = {one.name: one.inputs[2] for one in gs.import_onnx(qdq).nodes if _has_bias(one)}
    graph = gs.import_onnx(model)
    for conv in (one for one in graph.nodes if one.name in biases and one.name not in left):
        values = np.asarray(constant(biases[conv.name]), np.float32)
        conv.inputs = [*conv.inputs[:2], gs.Constant(f"{conv.name}.bias_of_cache", values)]
    return onnx_file.from_graph(graph)


def _has_bias(node: gs.Node) -> bool:
    return node.op in _CONVS and len(node.inputs) > 2 and constant(node.inputs[2]) is not None
