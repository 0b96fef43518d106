"""The common step and the clustering modes, class by class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tests.train2edge.nvinfer.reference import Box, F


class Attrs(NamedTuple):
    """``[class-attrs-N]`` of one class."""

    pre: float
    post: float
    eps: float
    min_boxes: int
    min_score: float
    iou: float
    topk: int


def cluster(boxes: Sequence[Box], mode: int, attrs: Sequence[Attrs]) -> list[Box]:
    method = {0: _mode0, 1: _dbscan, 2: _nms, 3: _hybrid, 4: _none}[mode]
    found: list[Box] = []
    for class_id, chosen in enumerate(attrs):
        mine = [one for one in boxes if one.class_id == class_id and not one.score < F(chosen.pre)]
        found += method(mine, chosen)
    return found


def _none(boxes: list[Box], attrs: Attrs) -> list[Box]:
    return _best(boxes, attrs.topk)


def _best(boxes: list[Box], topk: int) -> list[Box]:
    return boxes if topk < 0 else sorted(boxes, key=lambda one: -one.score)[:topk]


def _mode0(boxes: list[Box], attrs: Attrs) -> list[Box]:
    return _nms(boxes, attrs._replace(iou=0.5, topk=20))


def _nms(boxes: list[Box], attrs: Attrs) -> list[Box]:
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda one: -one.score):
        if all(_iou(box, other) <= F(attrs.iou) for other in kept):
            kept.append(box)
    return _best([one for one in kept if one.score > F(attrs.post)], attrs.topk)


def _iou(a: Box, b: Box) -> Any:
    x = _overlap(a.left, a.left + a.width, b.left, b.left + b.width)
    y = _overlap(a.top, a.top + a.height, b.top, b.top + b.height)
    union = a.width * a.height + b.width * b.height - x * y
    return F(0) if union == 0 else x * y / union


def _overlap(a: Any, a_end: Any, b: Any, b_end: Any) -> Any:
    if a > b:
        a, a_end, b, b_end = b, b_end, a, a_end
    return F(0) if a_end < b else (b_end if b_end < a_end else a_end) - b


def _dbscan(boxes: list[Box], attrs: Attrs) -> list[Box]:
    if attrs.min_boxes > 0:
        merged = [_merge([boxes[one] for one in members]) for members in _clusters(boxes, attrs)]
        boxes = [
            box
            for box, total, count in merged
            if not total < F(attrs.min_score) and not _too_large(box, count)
        ]
    return _best([one for one in boxes if not one.score < F(attrs.post)], attrs.topk)


def _clusters(boxes: list[Box], attrs: Attrs) -> list[list[int]]:
    near = [
        [other for other in range(len(boxes)) if _near(boxes, one, other, attrs)]
        for one in range(len(boxes))
    ]
    core = [len(one) + 1 >= attrs.min_boxes for one in near]
    visited: set[int] = set()
    found = []
    for seed in range(len(boxes)):
        if seed in visited:
            continue
        visited.add(seed)
        if core[seed]:
            joined = [one for one in near[seed] if one not in visited and core[one]]
            visited.update(near[seed])
            found.append(sorted([seed, *joined]))
    return found


def _near(boxes: list[Box], one: int, other: int, attrs: Attrs) -> bool:
    if one == other:
        return False
    a, b = boxes[min(one, other)], boxes[max(one, other)]
    x = _common(a.left, a.left + a.width, b.left, b.left + b.width)
    y = _common(a.top, a.top + a.height, b.top, b.top + b.height)
    ratio = x * y / (a.width * a.height + b.width * b.height - x * y)
    return bool(F(1) - ratio < F(attrs.eps))


def _common(a: Any, a_end: Any, b: Any, b_end: Any) -> Any:
    length = (b_end if b_end < a_end else a_end) - (b if a < b else a)
    return length if length > 0 else F(0)


def _merge(boxes: list[Box]) -> tuple[Box, Any, int]:
    total, best, sums = F(0), F(0), [F(0)] * 4
    for box in boxes:
        total += box.score
        best = box.score if best < box.score else best
        sums = [old + box.score * new for old, new in zip(sums, box[:4], strict=True)]
    return Box.of([*(one / total for one in sums), best, boxes[0].class_id]), total, len(boxes)


def _too_large(box: Box, count: int) -> bool:
    side = box.width * box.height
    root = np.sqrt(side) if side >= 0 else F(math.nan)
    return bool(root / F(count + 1) > 60)


def _hybrid(boxes: list[Box], attrs: Attrs) -> list[Box]:
    if attrs.min_boxes > 0:
        members = {one for group in _clusters(boxes, attrs) for one in group}
        boxes = [box for index, box in enumerate(boxes) if index in members]
    return _nms(boxes, attrs)
