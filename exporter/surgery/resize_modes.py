"""Resize in the modes that every TensorRT takes, and without a batch size in it.

Exporters write target ``sizes`` (batch included, so the graph takes no other batch) and coordinate
modes that older parsers, or DLA, do not know. Where the numbers are the same, this writes
``scales``; for nearest ``asymmetric`` with ``floor``; for linear ``half_pixel`` in place of
PyTorch's variant of it. Whether they are the same is computed for the very lengths of the tensor.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np
import onnx_graphsurgeon as gs

from exporter.surgery.report import PassReport
from exporter.surgery.wiring import constant
from train2edge.contract import Contract


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Rewrite every Resize of two spatial dimensions whose sizes are known."""
    changed, notes = 0, []
    for node in [one for one in graph.nodes if one.op == "Resize"]:
        lengths = _lengths(node)
        if lengths is None:
            notes.append(f"{node.name} stays: its sizes are not known")
            continue
        changed += _scales(node, lengths) | _mode(node, lengths)
    graph.cleanup()
    return PassReport("resize_modes", changed, tuple(notes))


def _lengths(node: gs.Node) -> list[tuple[int, int]] | None:
    """Height and width before and after."""
    before, after = node.inputs[0].shape, node.outputs[0].shape
    if not before or not after or len(before) != 4 or len(after) != 4:
        return None
    pairs = list(zip(before[2:], after[2:], strict=True))
    if not all(isinstance(one, int) for pair in pairs for one in pair) or before[1] != after[1]:
        return None
    return [(int(a), int(b)) for a, b in pairs]


def _scales(node: gs.Node, lengths: list[tuple[int, int]]) -> bool:
    """``scales`` for ``sizes`` where they give back the same sizes."""
    if len(node.inputs) < 4 or constant(node.inputs[3]) is None:
        return False
    scales = [np.float32(after / before) for before, after in lengths]
    exact = all(
        Fraction(float(scale)) * before == after
        for scale, (before, after) in zip(scales, lengths, strict=True)
    )
    if not exact:
        return False
    values = np.asarray([1, 1, *scales], np.float32)
    node.inputs = [node.inputs[0], gs.Variable.empty(), gs.Constant(f"{node.name}.scales", values)]
    return True


def _mode(node: gs.Node, lengths: list[tuple[int, int]]) -> bool:
    mode = node.attrs.get("mode", "nearest")
    used = node.attrs.get("coordinate_transformation_mode", "half_pixel")
    if mode == "linear" and used == "pytorch_half_pixel" and all(b > 1 for _, b in lengths):
        node.attrs["coordinate_transformation_mode"] = "half_pixel"
        return True
    if mode != "nearest":
        return False
    rounding = node.attrs.get("nearest_mode", "round_prefer_floor")
    if (used, rounding) == ("asymmetric", "floor"):
        return False
    if not all(
        _taken(a, b, used, rounding) == _taken(a, b, "asymmetric", "floor") for a, b in lengths
    ):
        return False
    node.attrs["coordinate_transformation_mode"] = "asymmetric"
    node.attrs["nearest_mode"] = "floor"
    return True


def _taken(before: int, after: int, mode: str, rounding: str) -> list[int] | None:
    """The index that nearest resizing takes for every output, by ONNX's formulas."""
    scale = Fraction(after, before)
    rounded = [_rounded(_source(one, before, after, scale, mode), rounding) for one in range(after)]
    if any(one is None for one in rounded):
        return None
    return [min(max(int(one), 0), before - 1) for one in rounded if one is not None]


def _source(index: int, before: int, after: int, scale: Fraction, mode: str) -> Fraction | None:
    half = Fraction(1, 2)
    if mode == "asymmetric":
        return index / scale
    if mode in ("half_pixel", "pytorch_half_pixel"):
        alone = mode == "pytorch_half_pixel" and after == 1
        return Fraction(0) if alone else (index + half) / scale - half
    if mode == "tf_half_pixel_for_nn":
        return (index + half) / scale
    if mode == "align_corners":
        return Fraction(index * (before - 1), after - 1) if after > 1 else Fraction(0)
    return None


def _rounded(value: Fraction | None, rounding: str) -> int | None:
    if value is None:
        return None
    if rounding == "floor":
        return floor(value)
    if rounding == "ceil":
        return ceil(value)
    half = Fraction(1, 2)
    return ceil(value - half) if rounding == "round_prefer_floor" else floor(value + half)
