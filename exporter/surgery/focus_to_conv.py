"""Focus (every second pixel into channels, then a convolution) is one convolution of stride 2.

The same products in one operation: eight strided slices and a concat disappear, which read and
write the largest tensor of the network several times, which DLA does not take and which stand
between the input and the first INT8 convolution. It pays wherever the concat feeds only that Conv.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter.surgery.fold_batchnorm import set_weights
from exporter.surgery.report import PassReport
from exporter.surgery.wiring import constant, only_consumer
from train2edge.contract import Contract

_PHASES = {(0, 0), (0, 1), (1, 0), (1, 1)}


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Replace four phase slices, Concat and Conv by a Conv of twice the kernel and stride."""
    changed, notes = 0, []
    for concat in [one for one in graph.nodes if one.op == "Concat"]:
        phases = [_phase(one) for one in concat.inputs]
        sources = {id(one[0]) for one in phases if one is not None}
        if len(phases) != 4 or None in phases or len(sources) != 1:
            continue
        found = [one for one in phases if one is not None]
        order = [(row, column) for _, row, column in found]
        conv = only_consumer(graph, concat.outputs[0])
        reason = _why_not(conv, order)
        if conv is None or reason:
            notes.append(f"the slices before {concat.name} stay: {reason}")
            continue
        _merge(conv, found[0][0], order)
        changed += 1
    graph.cleanup().toposort()
    return PassReport("focus_to_conv", changed, tuple(notes))


def _phase(tensor: gs.Tensor) -> tuple[gs.Tensor, int, int] | None:
    """The tensor that ``tensor`` takes every second row and column of, and the first of them."""
    first: dict[int, int] = {}
    while tensor.inputs and tensor.inputs[0].op == "Slice":
        node = tensor.inputs[0]
        starts = _starts(node)
        if starts is None or first.keys() & starts.keys():
            return None
        first |= starts
        tensor = node.inputs[0]
    even = bool(tensor.shape) and all(
        isinstance(one, int) and one % 2 == 0 for one in tensor.shape[2:]
    )
    return (tensor, first[2], first[3]) if first.keys() == {2, 3} and even else None


def _starts(node: gs.Node) -> dict[int, int] | None:
    """First index by axis of a slice with step 2 that runs to the end."""
    if len(node.inputs) != 5:
        return None
    values = [constant(one) for one in node.inputs[1:]]
    if any(one is None for one in values):
        return None
    starts, ends, axes, steps = (np.asarray(one).reshape(-1).tolist() for one in values)
    shape = node.inputs[0].shape
    for end, axis, step in zip(ends, axes, steps, strict=True):
        length = shape[axis] if shape else None
        if step != 2 or not isinstance(length, int) or end < length:
            return None
    return dict(zip(axes, starts, strict=True))


def _why_not(conv: gs.Node | None, order: list[tuple[int, int]]) -> str:
    if conv is None or conv.op != "Conv":
        return "not one Conv alone reads them"
    if set(order) != _PHASES:
        return "they are not the four phases"
    if constant(conv.inputs[1]) is None or (
        len(conv.inputs) > 2 and constant(conv.inputs[2]) is None
    ):
        return f"the weights of {conv.name} are not constant"
    if conv.attrs.get("group", 1) != 1 or any(one != 1 for one in conv.attrs.get("dilations", ())):
        return f"{conv.name} is grouped or dilated"
    if conv.attrs.get("auto_pad", "NOTSET") != "NOTSET":
        return f"{conv.name} pads by itself"
    return ""


def _merge(conv: gs.Node, source: gs.Tensor, order: list[tuple[int, int]]) -> None:
    weight = np.asarray(constant(conv.inputs[1]), np.float64)
    bias = np.zeros(len(weight))
    if len(conv.inputs) > 2:
        bias = np.asarray(constant(conv.inputs[2]), np.float64)
    set_weights(conv, spread(weight, order), bias)
    conv.inputs[0] = source
    conv.attrs["kernel_shape"] = [2 * one for one in weight.shape[2:]]
    conv.attrs["strides"] = [2 * one for one in conv.attrs.get("strides", [1, 1])]
    conv.attrs["pads"] = [2 * one for one in conv.attrs.get("pads", [0, 0, 0, 0])]


def spread(weight: NDArray[Any], order: list[tuple[int, int]]) -> NDArray[Any]:
    """``[O, 4C, k, k]`` over phases in ``order`` as ``[O, C, 2k, 2k]`` over pixels."""
    out, channels, rows, columns = weight.shape
    each = channels // 4
    large = np.zeros((out, each, 2 * rows, 2 * columns), weight.dtype)
    for block, (row, column) in enumerate(order):
        large[:, :, row::2, column::2] = weight[:, block * each : (block + 1) * each]
    return large
