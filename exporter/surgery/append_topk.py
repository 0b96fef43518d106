"""Of all candidates the best few, as lists that a parser shipped with DeepStream reads.

No plugin: TopK and GatherElements. Overlaps stay; nvinfer's clustering removes them. The outputs
are those of ``NvDsInferParseCustomTfSSD``, all float32: ``num_detections`` ``[N, 1]``,
``detection_boxes`` ``[N, K, 4]`` y1 x1 y2 x2 in 0..1, ``detection_scores`` and
``detection_classes`` ``[N, K]``, best first.

TensorRT's TopK takes at most 3840 results, and sorting candidates times classes is slow. So the K
best candidates by their best class come first: the K best pairs lie among them, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx_graphsurgeon as gs

from exporter.surgery.pen import Pen
from train2edge.contract import InputContract

LARGEST = 3840
OUTPUTS = ("num_detections", "detection_boxes", "detection_scores", "detection_classes")
BOXES, LABELS = "topk_boxes", "topk_labels"  # the nodes that read all boxes and all scores


@dataclass(frozen=True)
class ListPlan:
    """``rows`` of the outputs; with ``every_label`` a box may be listed for several classes."""

    rows: int
    every_label: bool = False


def append(
    graph: gs.Graph, boxes: gs.Variable, scores: gs.Variable, frame: InputContract, plan: ListPlan
) -> None:
    """Make the four lists of ``boxes`` ``[N, A, 4]`` (corners, pixels) and ``scores`` the outputs.

    Their shapes must be known but for the batch.
    """
    pen = Pen(graph)
    count = int(scores.shape[2])
    rows = min(plan.rows, int(scores.shape[1]))
    best = pen.reduce("ReduceMax", "topk_best", scores, 2)
    values, chosen = _topk(pen, "topk_candidates", best, rows)
    corners = pen.rows(BOXES, boxes, chosen, 4)
    labels = pen.rows(LABELS, scores, chosen, count)
    if plan.every_label and count > 1:
        values, corners, classes = _pairs(pen, corners, labels, rows, count)
    else:
        classes = pen.node("ArgMax", "topk_class", [labels], dtype=np.int64, axis=2, keepdims=0)
    _finish(pen, values, corners, classes, frame, rows)


def _topk(pen: Pen, name: str, values: gs.Variable, rows: int) -> tuple[gs.Variable, gs.Variable]:
    count = pen.constant(f"{name}_count", [rows], np.int64)
    names, kinds = (name, f"{name}_index"), (np.float32, np.int64)
    best, index = pen.nodes(
        "TopK", name, [values, count], names, dtypes=kinds, axis=1, largest=1, sorted=1
    )
    return best, index


def _pairs(
    pen: Pen, corners: gs.Variable, labels: gs.Variable, rows: int, count: int
) -> tuple[gs.Variable, gs.Variable, gs.Variable]:
    """The best pairs of candidate and class: their scores, boxes and classes."""
    shape = pen.constant("topk_flat_shape", [0, rows * count], np.int64)
    flat = pen.node("Reshape", "topk_flat", [labels, shape])
    values, index = _topk(pen, "topk_pairs", flat, rows)
    width = pen.constant("topk_width", count, np.int64)
    row = pen.node("Div", "topk_row", [index, width], dtype=np.int64)
    start = pen.node("Mul", "topk_start", [row, width], dtype=np.int64)
    classes = pen.node("Sub", "topk_class", [index, start], dtype=np.int64)
    return values, pen.rows("topk_pair_boxes", corners, row, 4), classes


def _finish(
    pen: Pen,
    scores: gs.Variable,
    corners: gs.Variable,
    classes: gs.Variable,
    frame: InputContract,
    rows: int,
) -> None:
    outputs = [
        _count(pen, scores),
        normalised(pen, corners, frame),
        pen.node("Identity", OUTPUTS[2], [scores]),
        pen.floats(OUTPUTS[3], classes),
    ]
    for tensor, shape in zip(outputs, ([1], [rows, 4], [rows], [rows]), strict=True):
        tensor.shape = [1, *shape]
    pen.graph.outputs = outputs
    pen.graph.cleanup().toposort()


def _count(pen: Pen, scores: gs.Variable) -> gs.Variable:
    """How many rows say anything: the parser reads no further."""
    zero = pen.constant("topk_zero", 0.0)
    above = pen.node("Greater", "topk_above", [scores, zero], dtype=bool)
    return pen.reduce("ReduceSum", OUTPUTS[0], pen.floats("topk_ones", above), 1, keep=True)


def normalised(pen: Pen, corners: gs.Variable, frame: InputContract) -> gs.Variable:
    """``x1 y1 x2 y2`` in pixels as ``y1 x1 y2 x2`` in 0..1."""
    order = pen.constant("topk_order", [1, 0, 3, 2], np.int64)
    turned = pen.node("Gather", "topk_turned", [corners, order], axis=2)
    size = np.asarray([frame.height, frame.width] * 2, np.float64)
    factors = pen.constant("topk_factors", 1 / size)
    return pen.node("Mul", OUTPUTS[1], [turned, factors])
