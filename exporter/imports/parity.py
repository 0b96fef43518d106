"""Does the operated graph say what the original file says, decoded by its own rules in NumPy?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exporter.heads import Raw
from exporter.surgery.append_topk import ListPlan

Floats = NDArray[np.float32]
Lists = tuple[Floats, Floats, Floats]  # boxes [K, 4] corners in pixels, scores [K], classes [K]


def decoding(drawn: Raw, wanted: Raw) -> float:
    """Largest difference of a score, or of a side of a box in units of 1 + its value in pixels."""
    boxes = np.abs(drawn.boxes - wanted.boxes) / (1 + np.abs(wanted.boxes))
    scores = np.abs(drawn.scores - wanted.scores)
    return float(np.maximum(np.max(boxes), np.max(scores)))  # keeps NaN, which max() may drop


def select(raw: Raw, plan: ListPlan) -> list[Lists]:
    """The best rows of every picture, best first, as ``append_topk`` is to choose them."""
    return [_select(boxes, scores, plan) for boxes, scores in zip(*raw, strict=True)]


def _select(boxes: Floats, scores: Floats, plan: ListPlan) -> Lists:
    rows = min(plan.rows, len(boxes))
    if plan.every_label:
        order = np.argsort(-scores, axis=None, kind="stable")[:rows]
        where, classes = np.unravel_index(order, scores.shape)
    else:
        where = np.argsort(-scores.max(axis=1), kind="stable")[:rows]
        classes = scores[where].argmax(axis=1)
    return boxes[where], scores[where, classes], classes.astype(np.float32)


def selection(outputs: Sequence[Floats], wanted: Sequence[Lists], size: tuple[int, int]) -> float:
    """Largest difference of the four lists to ``wanted``; ``size`` is the input's, in pixels.

    Rows of equal score may stand in another order: only their scores are compared.
    """
    worst = 0.0
    for index, (boxes, scores, classes) in enumerate(wanted):
        count, found, values, labels = (one[index] for one in outputs)
        width, height = size
        corners = found[:, [1, 0, 3, 2]] * np.asarray([width, height] * 2, np.float32)
        alone = np.r_[True, scores[1:] != scores[:-1]] & np.r_[scores[1:] != scores[:-1], True]
        differences = [
            np.abs(values - scores),
            (np.abs(corners - boxes) / (1 + np.abs(boxes)))[alone].ravel(),
            np.abs(labels - classes)[alone],
            np.abs(count - (scores > 0).sum()),
        ]
        worst = float(np.max([worst, *(one.max(initial=0.0) for one in differences)]))  # keeps NaN
    return worst
