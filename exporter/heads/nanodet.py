"""NanoDet and NanoDet-Plus: scores after their sigmoid, and distances as distributions.

Each side of a box is the mean of ``reg_max + 1`` bins under a softmax, in cells (generalised focal
loss, Li et al., 2020). Outputs are one pair a level (``[N, A, C]``, ``[N, A, 4 * bins]``), or all
levels in one ``[N, A, C + 4 * bins]``. ``offset`` is where in its cell an anchor stands: 0.5 in
NanoDet, 0 in NanoDet-Plus.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_graphsurgeon as gs

from exporter.heads import Decoded, Floats, HeadPlan, Raw, Shape, shown
from exporter.heads.anchors import grid, levels
from exporter.surgery.pen import Pen
from train2edge.errors import InputError

DEFAULTS: Mapping[str, Any] = {"strides": (8, 16, 32), "reg_max": 7, "offset": 0.5}


def _bins(plan: HeadPlan) -> int:
    return int(plan.settings["reg_max"]) + 1


def classes(outputs: Sequence[Shape], plan: HeadPlan) -> int:
    counts = levels(plan.width, plan.height, plan.numbers("strides"))
    sides = 4 * _bins(plan)
    if len(outputs) == 1 and len(outputs[0]) == 3:
        columns = outputs[0][2]
        if outputs[0][1] in (None, sum(counts)) and columns is not None and columns > sides:
            return columns - sides
    scores, distances = _pairs(outputs, counts, sides)
    found = {outputs[one][2] for one in scores}
    if len(found) != 1 or None in found or len(distances) != len(counts):
        raise InputError(
            f"outputs {shown(outputs)}; this head has for each of {len(counts)} levels scores"
            f" and ?x?x{sides} distances, or all in one ?x{sum(counts)}x(classes + {sides})"
        )
    return int(next(one for one in found if one is not None))


def _pairs(
    outputs: Sequence[Shape], counts: Sequence[int], sides: int
) -> tuple[list[int], list[int]]:
    """Which output is a level's scores, which its distances, by the shapes; scores come first."""
    scores: list[int] = []
    distances: list[int] = []
    for count in counts:
        level = [i for i, one in enumerate(outputs) if len(one) == 3 and one[1] == count]
        if len(level) != 2:
            return [], []
        scores.append(next((i for i in level if outputs[i][2] != sides), level[0]))
        distances.append(next(i for i in level if i != scores[-1]))
    return scores, distances


def attach(pen: Pen, outputs: Sequence[gs.Variable], plan: HeadPlan) -> Decoded:
    scores, distances = _join(pen, outputs, plan)
    anchors = grid(plan.width, plan.height, plan.numbers("strides"), plan.settings["offset"])
    bins, count = _bins(plan), len(anchors.points)
    shape = pen.constant("head_bins_shape", [0, count, 4, bins], np.int64)
    table = pen.node("Reshape", "head_bins", [distances, shape])
    shares = pen.node("Softmax", "head_shares", [table], axis=3)
    steps = pen.constant("head_steps", np.arange(bins))
    cells = pen.reduce("ReduceSum", "head_cells", pen.node("Mul", "head_parts", [shares, steps]), 3)
    strides = pen.constant("head_strides", anchors.strides[None])
    pixels = pen.node("Mul", "head_pixels", [cells, strides])
    before, after = pen.split("head_sides", pixels, (2, 2), 2)
    centre = pen.constant("head_centre", (anchors.points * anchors.strides)[None])
    low = pen.node("Sub", "head_low", [centre, before])
    high = pen.node("Add", "head_high", [centre, after])
    boxes = pen.node("Concat", "decoded_boxes", [low, high], axis=2)
    return Decoded(boxes, scores)


def _join(
    pen: Pen, outputs: Sequence[gs.Variable], plan: HeadPlan
) -> tuple[gs.Variable, gs.Variable]:
    sides = 4 * _bins(plan)
    if len(outputs) == 1:
        labels = int(outputs[0].shape[2]) - sides
        scores, distances = pen.split("head_halves", outputs[0], (labels, sides), 2)
        return scores, distances
    counts = levels(plan.width, plan.height, plan.numbers("strides"))
    first, second = _pairs([tuple(one.shape) for one in outputs], counts, sides)
    return (
        pen.node("Concat", "decoded_scores", [outputs[i] for i in first], axis=1),
        pen.node("Concat", "head_distances", [outputs[i] for i in second], axis=1),
    )


def reference(outputs: Sequence[Floats], plan: HeadPlan) -> Raw:
    sides = 4 * _bins(plan)
    if len(outputs) == 1:
        scores, distances = outputs[0][..., :-sides], outputs[0][..., -sides:]
    else:
        counts = levels(plan.width, plan.height, plan.numbers("strides"))
        first, second = _pairs([one.shape for one in outputs], counts, sides)
        scores = np.concatenate([outputs[i] for i in first], axis=1)
        distances = np.concatenate([outputs[i] for i in second], axis=1)
    anchors = grid(plan.width, plan.height, plan.numbers("strides"), plan.settings["offset"])
    table = distances.reshape(*distances.shape[:2], 4, -1).astype(np.float64)
    table = np.exp(table - table.max(axis=3, keepdims=True))
    cells = (table / table.sum(axis=3, keepdims=True)) @ np.arange(table.shape[3])
    pixels = cells * anchors.strides
    centre = anchors.points * anchors.strides
    boxes = np.concatenate([centre - pixels[..., :2], centre + pixels[..., 2:]], axis=2)
    return Raw(boxes.astype(np.float32), scores)
