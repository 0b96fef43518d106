"""Any batch size: nvinfer overwrites the batch dimension, so nothing may be written for one."""

from __future__ import annotations

import numpy as np
import onnx_graphsurgeon as gs

from exporter.surgery.report import PassReport
from exporter.surgery.wiring import forget_inner_shapes
from train2edge.contract import Contract

BATCH = "batch"


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Make the first dimension of inputs and outputs symbolic, and Reshapes follow it."""
    static = graph.inputs[0].shape[0] if graph.inputs[0].shape else None
    changed = sum(_free(tensor) for tensor in [*graph.inputs, *graph.outputs])
    if isinstance(static, int):
        changed += sum(_follow(node, static) for node in graph.nodes if node.op == "Reshape")
    forget_inner_shapes(graph)
    return PassReport("dynamic_batch", changed)


def _free(tensor: gs.Tensor) -> bool:
    if not tensor.shape or tensor.shape[0] == BATCH:
        return False
    tensor.shape = [BATCH, *tensor.shape[1:]]
    return True


def _follow(node: gs.Node, static: int) -> bool:
    """A constant target shape that starts with the old batch size copies it instead (0)."""
    target = node.inputs[1]
    if not isinstance(target, gs.Constant) or target.values.size < 2:
        return False
    if int(target.values[0]) != static or node.attrs.get("allowzero", 0):
        return False
    shape = np.array(target.values)
    shape[0] = 0
    node.inputs[1] = gs.Constant(f"{node.name}.shape", shape)
    return True
