"""The stock parsers of Deformable DETR (with its mistakes) and of RT-DETR."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.train2edge.nvinfer.reference import Box, F, FailureError, Tensor, clamp


def ddetr(layers: Sequence[Tensor], size: tuple[int, int], thresholds: Sequence[Any]) -> list[Box]:
    logits, boxes = _pair(layers, first=True)
    queries, classes = logits.dims[:2]
    by_score: dict[float, Box] = {}
    for query in range(queries):
        row = logits.flat[4 * query : 4 * query + classes]
        best = 0
        for class_id in range(classes):
            best = class_id if row[best] < row[class_id] else best
        score = _sigmoid(row[best])
        if best == 0 or score < thresholds[best]:
            continue
        cx, cy, width, height = boxes.flat[4 * query : 4 * query + 4]
        x1, y1 = (cx - width / F(2)) * F(size[0]), (cy - height / F(2)) * F(size[1])
        x2, y2 = x1 + width * F(size[0]), y1 + height * F(size[1])
        by_score[float(score)] = _box((x1, y1, x2, y2), size, score, best)
    falling = [by_score[score] for score in sorted(by_score, reverse=True)]
    return falling[:-1][:199]


def rtdetr(layers: Sequence[Tensor], size: tuple[int, int], thresholds: Sequence[Any]) -> list[Box]:
    logits, boxes = _pair(layers, first=False)
    queries, classes = logits.dims[:2]
    scores = [_sigmoid(one) for one in logits.flat[: queries * classes]]
    found = []
    for pair in sorted(range(len(scores)), key=lambda one: -scores[one])[:100]:
        query, class_id = divmod(pair, classes)
        if scores[pair] < thresholds[class_id]:
            continue
        cx, cy, width, height = boxes.flat[4 * query : 4 * query + 4]
        half = F(0.5)
        x1, x2 = (cx - half * width) * F(size[0]), (cx + half * width) * F(size[0])
        y1, y2 = (cy - half * height) * F(size[1]), (cy + half * height) * F(size[1])
        found.append(_box((x1, y1, x2, y2), size, scores[pair], class_id))
    return found


def _pair(layers: Sequence[Tensor], *, first: bool) -> tuple[Tensor, Tensor]:
    named: dict[str, Tensor] = {}
    for one in reversed(layers) if first else layers:
        if one.values.dtype == np.float32:
            named[one.name] = one
    if "pred_logits" not in named or "pred_boxes" not in named:
        raise FailureError
    return named["pred_logits"], named["pred_boxes"]


def _sigmoid(logit: Any) -> Any:
    return F(1 / (1 + math.exp(-float(logit)))) if logit > -700 else F(0)


def _box(corners: tuple[Any, ...], size: tuple[int, int], score: Any, class_id: int) -> Box:
    left, top, right, bottom = (clamp(one, size[axis % 2]) for axis, one in enumerate(corners))
    return Box(left, top, right - left, bottom - top, score, class_id)
