"""SSD-like heads whose boxes are decoded: ``[N, A, 4]`` corners and ``[N, A, C]`` scores.

``normalised`` says whether corners are in 0..1 or in pixels, ``background`` whether the first
column is the background, which is left out, and ``softmax`` whether the scores still need one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_graphsurgeon as gs

from exporter.heads import Decoded, Floats, HeadPlan, Raw, Shape, shown
from exporter.surgery.pen import Pen
from train2edge.errors import InputError

DEFAULTS: Mapping[str, Any] = {"normalised": True, "background": True, "softmax": False}


def classes(outputs: Sequence[Shape], plan: HeadPlan) -> int:
    scores, _ = _order(outputs)
    columns = outputs[scores][2]
    first = int(plan.settings["background"])
    if columns is None or columns <= first:
        raise InputError(f"outputs {shown(outputs)}; the number of classes is not known")
    return columns - first


def _order(outputs: Sequence[Shape]) -> tuple[int, int]:
    """Scores and boxes: the boxes are the last output with four columns."""
    four = [i for i, one in enumerate(outputs) if len(one) == 3 and one[2] == 4]
    if len(outputs) != 2 or len(outputs[0]) != 3 or len(outputs[1]) != 3 or not four:
        raise InputError(f"outputs {shown(outputs)}; this head has ?xAx4 boxes and ?xAxC scores")
    return 1 - four[-1], four[-1]


def attach(pen: Pen, outputs: Sequence[gs.Variable], plan: HeadPlan) -> Decoded:
    which, where = _order([tuple(one.shape) for one in outputs])
    scores, boxes = outputs[which], outputs[where]
    if plan.settings["softmax"]:
        scores = pen.node("Softmax", "head_softmax", [scores], axis=2)
    if plan.settings["background"]:
        count = int(outputs[which].shape[2]) - 1
        scores = pen.split("head_labels", scores, (1, count), 2)[1]
    return Decoded(pen.node("Mul", "decoded_boxes", [boxes, _pixels(pen, plan)]), scores)


def _pixels(pen: Pen, plan: HeadPlan) -> gs.Constant:
    return pen.constant("head_pixels", _factors(plan))


def _factors(plan: HeadPlan) -> Floats:
    size = (plan.width, plan.height) if plan.settings["normalised"] else (1, 1)
    return np.asarray([*size, *size], np.float32)


def reference(outputs: Sequence[Floats], plan: HeadPlan) -> Raw:
    which, where = _order([one.shape for one in outputs])
    scores = outputs[which]
    if plan.settings["softmax"]:
        raised = np.exp(scores - scores.max(axis=2, keepdims=True))
        scores = raised / raised.sum(axis=2, keepdims=True)
    first = int(plan.settings["background"])
    return Raw(outputs[where] * _factors(plan), scores[..., first:])
