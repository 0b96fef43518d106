"""Tensors that are another one clipped: their counts follow from the other's exactly.

A ReLU's output is what goes into it without the negative values, a Reshape's the same values. Such
a tensor need not leave the network nor be counted; in a backbone of ReLUs that is every third.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import onnx
import onnx_graphsurgeon as gs

from exporter.surgery.wiring import constant
from train2edge.calibration.counts import Counts

_MOVES = ("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose")


@dataclass(frozen=True)
class Clip:
    """A tensor with the values of ``source``, clipped to ``low..high``; 0 lies within."""

    source: str
    low: float = -math.inf
    high: float = math.inf


def find(model: onnx.ModelProto, tensors: Collection[str]) -> dict[str, Clip]:
    """Those of ``tensors`` that are clips of others of them, sources before what follows."""
    wanted = set(tensors)
    found = {}
    for node in gs.import_onnx(model).nodes:
        clip = _clip(node)
        if clip is not None and {clip.source, node.outputs[0].name} <= wanted:
            found[node.outputs[0].name] = clip
    return found


def follow(clips: Mapping[str, Clip], counts: Mapping[str, Counts]) -> dict[str, Counts]:
    """``counts`` and those of the clips."""
    whole = dict(counts)
    for name, clip in clips.items():
        whole[name] = whole[clip.source].clipped(clip.low, clip.high)
    return whole


def _clip(node: gs.Node) -> Clip | None:
    if node.op in _MOVES:
        return Clip(node.inputs[0].name)
    if node.op == "Relu":
        return Clip(node.inputs[0].name, 0.0)
    if node.op == "Clip":
        low, high = _bound(node, 1, "min", -math.inf), _bound(node, 2, "max", math.inf)
        if low <= 0 <= high:
            return Clip(node.inputs[0].name, low, high)
    return None


def _bound(node: gs.Node, slot: int, attribute: str, otherwise: float) -> float:
    """A limit of a Clip, an attribute until opset 11; nan, which nothing lies in, if computed."""
    if len(node.inputs) <= slot or not node.inputs[slot].name:
        return float(node.attrs.get(attribute, otherwise))
    value = constant(node.inputs[slot])
    return math.nan if value is None else float(value)
