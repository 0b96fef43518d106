"""YOLOX, and YOLOv5 to v7: one output ``[N, A, 5 + C]`` of x, y, w, h, objectness, classes.

YOLOX's exporter leaves x, y in cells and w, h as logarithms (Ge et al., 2021); with ``decoded``
they are centre and size in pixels already, as YOLOv5's exporter writes them. A score is objectness
times class; both have been through their sigmoid.
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

DEFAULTS: Mapping[str, Any] = {"strides": (8, 16, 32), "decoded": False, "anchors_per_cell": 1}


def classes(outputs: Sequence[Shape], plan: HeadPlan) -> int:
    each = int(plan.settings["anchors_per_cell"])
    count = each * sum(levels(plan.width, plan.height, plan.numbers("strides")))
    fits = len(outputs) == 1 and len(outputs[0]) == 3 and outputs[0][1] in (None, count)
    columns = outputs[0][2] if fits else None
    if columns is None or columns < 6:
        raise InputError(
            f"outputs {shown(outputs)}; this head has one of ?x{count}x(5 + classes) at"
            f" {plan.width}x{plan.height}"
        )
    return columns - 5


def attach(pen: Pen, outputs: Sequence[gs.Variable], plan: HeadPlan) -> Decoded:
    count = int(outputs[0].shape[2]) - 5
    place, size, objectness, labels = pen.split("head_parts", outputs[0], (2, 2, 1, count), 2)
    if not plan.settings["decoded"]:
        place, size = _to_pixels(pen, place, size, plan)
    half = pen.node("Mul", "head_half", [size, pen.constant("head_one_half", 0.5)])
    low = pen.node("Sub", "head_low", [place, half])
    high = pen.node("Add", "head_high", [place, half])
    boxes = pen.node("Concat", "decoded_boxes", [low, high], axis=2)
    return Decoded(boxes, pen.node("Mul", "decoded_scores", [labels, objectness]))


def _to_pixels(
    pen: Pen, place: gs.Variable, size: gs.Variable, plan: HeadPlan
) -> tuple[gs.Variable, gs.Variable]:
    anchors = grid(plan.width, plan.height, plan.numbers("strides"))
    points = pen.constant("head_points", anchors.points[None])
    strides = pen.constant("head_strides", anchors.strides[None])
    moved = pen.node("Add", "head_moved", [place, points])
    grown = pen.node("Exp", "head_grown", [size])
    return (
        pen.node("Mul", "head_centre", [moved, strides]),
        pen.node("Mul", "head_size", [grown, strides]),
    )


def reference(outputs: Sequence[Floats], plan: HeadPlan) -> Raw:
    rows = outputs[0]
    place, size = rows[..., :2], rows[..., 2:4]
    if not plan.settings["decoded"]:
        anchors = grid(plan.width, plan.height, plan.numbers("strides"))
        place = (place + anchors.points) * anchors.strides
        size = np.exp(size) * anchors.strides
    boxes = np.concatenate([place - size / 2, place + size / 2], axis=2)
    return Raw(boxes.astype(np.float32), rows[..., 5:] * rows[..., 4:5])
