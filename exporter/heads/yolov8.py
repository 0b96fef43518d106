"""YOLOv8 to v12 style heads: one output ``[N, 4 + C, A]``, decoded inside the network.

Each column is centre x, y, width, height in pixels, then C scores after their sigmoid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_graphsurgeon as gs

from exporter.heads import Decoded, Floats, HeadPlan, Raw, Shape, shown
from exporter.heads.anchors import levels
from exporter.surgery.pen import Pen
from train2edge.errors import InputError

DEFAULTS: Mapping[str, Any] = {"strides": (8, 16, 32)}


def classes(outputs: Sequence[Shape], plan: HeadPlan) -> int:
    count = sum(levels(plan.width, plan.height, plan.numbers("strides")))
    fits = len(outputs) == 1 and len(outputs[0]) == 3 and outputs[0][2] in (None, count)
    rows = outputs[0][1] if fits else None
    if rows is None or rows < 5:
        raise InputError(
            f"outputs {shown(outputs)}; this head has one of ?x(4 + classes)x{count} at"
            f" {plan.width}x{plan.height}"
        )
    return rows - 4


def attach(pen: Pen, outputs: Sequence[gs.Variable], plan: HeadPlan) -> Decoded:
    count = int(outputs[0].shape[1]) - 4
    rows = pen.node("Transpose", "head_rows", [outputs[0]], perm=[0, 2, 1])
    centre, size, labels = pen.split("head_parts", rows, (2, 2, count), 2)
    half = pen.node("Mul", "head_half", [size, pen.constant("head_one_half", 0.5)])
    low = pen.node("Sub", "head_low", [centre, half])
    high = pen.node("Add", "head_high", [centre, half])
    boxes = pen.node("Concat", "decoded_boxes", [low, high], axis=2)
    return Decoded(boxes, labels)


def reference(outputs: Sequence[Floats], plan: HeadPlan) -> Raw:
    rows = outputs[0].transpose(0, 2, 1)
    centre, half = rows[..., :2], rows[..., 2:4] / 2
    boxes = np.concatenate([centre - half, centre + half], axis=2)
    return Raw(boxes.astype(np.float32), rows[..., 4:])
