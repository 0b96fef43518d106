"""A fully connected layer (Gemm, or MatMul and its Add) is a convolution of one place.

The same products. TensorRT itself runs a quantised one as a convolution (NVIDIA/TensorRT, issue
3266), DLA takes convolutions, their weights lie by output channel, as Q/DQ pairs want it, and
TensorRT for RTX, which has no float32 matrix product for Turing, compiles them for a T4.

Activations between two such layers move in front of the Flatten that is left behind the first, so
that the second reads four dimensions again.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter.surgery.pen import Pen
from exporter.surgery.report import PassReport
from exporter.surgery.wiring import bypass, constant, is_output, only_consumer
from train2edge.contract import Contract

_DENSE = ("Gemm", "MatMul")
_FLATTENS = ("Flatten", "Reshape", "Squeeze")
_POINTWISE = ("Relu", "LeakyRelu", "Elu", "Selu", "Sigmoid", "Tanh", "Clip", "HardSigmoid")
_LARGEST_KERNEL = 32  # of a DLA core; larger ones read a tensor of one place


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Rewrite each that reads rows ``[N, K]`` and has constant weights."""
    changed, notes = 0, []
    for node in [one for one in graph.nodes if one.op in _DENSE]:
        weight = _weight(node)
        if weight is None:
            continue
        reason = _why_not(node, weight)
        if reason:
            notes.append(f"{node.name} stays a {node.op}: {reason}")
            continue
        _rewrite(graph, node, weight)
        changed += 1
    graph.cleanup().toposort()
    return PassReport("dense_to_conv", changed, tuple(notes))


def _weight(node: gs.Node) -> NDArray[Any] | None:
    """``[K, O]``, or ``None`` where it is no constant matrix."""
    value = constant(node.inputs[1])
    if value is None or value.ndim != 2:
        return None
    turned = node.op == "Gemm" and node.attrs.get("transB", 0)
    return value.T if turned else value


def _why_not(node: gs.Node, weight: NDArray[Any]) -> str:
    shape = node.inputs[0].shape
    if not shape or len(shape) != 2 or shape[1] != len(weight):
        return "it reads no rows of a known length"
    factors = {node.attrs.get("alpha", 1.0), node.attrs.get("beta", 1.0)}
    if factors != {1.0} or node.attrs.get("transA", 0):
        return "it scales or turns what it reads"
    if len(node.inputs) > 2 and _as_bias(node.inputs[2], weight.shape[1]) is None:
        return "its bias is no constant row"
    return ""


def _as_bias(tensor: gs.Tensor, width: int) -> NDArray[Any] | None:
    """``tensor`` as ``[width]``, where it is a constant that is the same for every row."""
    value = constant(tensor)
    if value is None or value.ndim > 2 or value.shape[-1:] not in ((), (1,), (width,)):
        return None
    return np.broadcast_to(value.reshape(-1), (width,)) if value.size in (1, width) else None


def _rewrite(graph: gs.Graph, node: gs.Node, weight: NDArray[Any]) -> None:
    """``node`` becomes the Conv; a Flatten behind it gives the rows that others read."""
    width = weight.shape[1]
    source = _source(graph, node, len(weight))
    kernel = [int(one) for one in source.shape[2:]]
    bias = _as_bias(node.inputs[2], width) if len(node.inputs) > 2 else _added(graph, node, width)
    name = node.name or node.outputs[0].name
    values = weight.T.reshape(width, -1, *kernel)
    constants = [gs.Constant(f"{name}.weight", np.ascontiguousarray(values, np.float32))]
    if bias is not None:
        constants.append(gs.Constant(f"{name}.bias", np.ascontiguousarray(bias, np.float32)))
    target, place = node.outputs[0], gs.Variable(f"{name}_place", np.float32)
    place.shape = [source.shape[0], width, 1, 1]
    node.op, node.attrs = "Conv", {"kernel_shape": kernel}
    node.inputs, node.outputs = [source, *constants], [place]
    flatten = gs.Node("Flatten", f"{name}_rows", {"axis": 1}, [place], [target])
    graph.nodes.append(flatten)
    _move_behind_activations(graph, flatten)


def _source(graph: gs.Graph, node: gs.Node, length: int) -> gs.Tensor:
    """Four dimensions whose rows ``node`` reads: what was flattened, or the rows as channels."""
    rows = node.inputs[0]
    before = rows.inputs[0] if rows.inputs else None
    if before is not None and before.op in _FLATTENS:
        shape = before.inputs[0].shape or ()
        whole = len(shape) == 4 and all(isinstance(one, int) for one in shape[1:])
        if whole and int(np.prod(shape[1:])) == length and max(shape[2:]) <= _LARGEST_KERNEL:
            return before.inputs[0]
    pen, name = Pen(graph), f"{node.name or node.outputs[0].name}_channels"
    wanted = pen.constant(f"{name}_shape", [0, length, 1, 1], np.int64)
    made = pen.node("Reshape", name, [rows, wanted])
    made.shape = [rows.shape[0], length, 1, 1]
    return made


def _added(graph: gs.Graph, node: gs.Node, width: int) -> NDArray[Any] | None:
    """The row that an Add alone puts on a MatMul, taken out of the graph."""
    add = only_consumer(graph, node.outputs[0])
    if add is None or add.op != "Add":
        return None
    other = add.inputs[1] if add.inputs[0] is node.outputs[0] else add.inputs[0]
    bias = _as_bias(other, width)
    if bias is None:
        return None
    slot = next(i for i, one in enumerate(add.inputs) if one is node.outputs[0])
    add.inputs = [add.inputs[slot]]
    return bias if bypass(graph, add) else None


def _move_behind_activations(graph: gs.Graph, flatten: gs.Node) -> None:
    """Conv, Flatten, Relu -> Conv, Relu, Flatten, for as long as one such node alone reads it."""
    while True:
        place, rows = flatten.inputs[0], flatten.outputs[0]
        after = only_consumer(graph, rows)
        if after is None or after.op not in _POINTWISE or after.inputs[0] is not rows:
            return
        target = after.outputs[0]
        between = gs.Variable(f"{after.name or target.name}_place", np.float32, list(place.shape))
        after.inputs[0], after.outputs = place, [between]
        flatten.inputs, flatten.outputs = [between], [target]
        if is_output(graph, target):
            return
