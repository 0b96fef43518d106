"""``EfficientNMS_TRT`` in the place of the TopK lists: overlaps removed inside the engine.

The plugin comes with TensorRT since 8.0. It reads the same candidates and gives the same four
outputs, so the same parser reads them; the plugin's int32 count and classes are cast, because
DeepStream's parser takes only float32 tensors. nvinfer then clusters no more (``cluster-mode=4``).
Nothing but TensorRT itself runs such a file: neither TensorRT for RTX nor ONNX Runtime knows
plugins, so it can be neither compile-checked nor scored here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
import onnx_graphsurgeon as gs

from exporter.onnx_file import from_graph
from exporter.surgery.append_topk import BOXES, LABELS, OUTPUTS, normalised
from exporter.surgery.pen import Pen
from train2edge.contract import Contract
from train2edge.errors import InputError

OPERATOR, DOMAIN = "EfficientNMS_TRT", "TRT"


@dataclass(frozen=True)
class NmsPlan:
    """``rows`` of the outputs; boxes under ``score`` or over ``iou`` with a better one go."""

    rows: int
    score: float
    iou: float


def plan(contract: Contract, rows: int) -> NmsPlan:
    """The plugin has one threshold for all classes: the lowest score, the usual IoU."""
    thresholds = contract.output.thresholds
    return NmsPlan(rows, min(one.pre_cluster for one in thresholds), thresholds[0].nms_iou)


def replace(model: onnx.ModelProto, contract: Contract, nms: NmsPlan) -> onnx.ModelProto:
    """A copy of ``model``, whose lists are made by TopK, with the plugin instead.

    ``InputError`` for a model without such lists.
    """
    graph = gs.import_onnx(model)
    nodes = {one.name: one for one in graph.nodes}
    if BOXES not in nodes or LABELS not in nodes:
        raise InputError(f"the model has no lists to put {OPERATOR} in the place of")
    pen = Pen(graph)
    boxes = pen.floats("nms_boxes_float", nodes[BOXES].inputs[0])
    scores = pen.floats("nms_scores_float", nodes[LABELS].inputs[0])
    old = {one.name: list(one.shape) for one in graph.outputs}
    for tensor in graph.outputs:
        tensor.name = f"{tensor.name}_topk"
    for tensor in graph.outputs:
        tensor.inputs[0].name = tensor.name
    graph.outputs = _outputs(pen, boxes, scores, contract, nms)
    for tensor in graph.outputs:
        tensor.shape = old[tensor.name]
    return from_graph(graph)


def _outputs(
    pen: Pen, boxes: gs.Variable, scores: gs.Variable, contract: Contract, nms: NmsPlan
) -> list[gs.Variable]:
    names = ("nms_count", "nms_boxes", "nms_scores", "nms_classes")
    count, kept, values, classes = pen.nodes(
        OPERATOR,
        "nms",
        [boxes, scores],
        names,
        dtypes=(np.int32, np.float32, np.float32, np.int32),
        domain=DOMAIN,
        plugin_version="1",
        background_class=-1,
        max_output_boxes=nms.rows,
        score_threshold=float(nms.score),
        iou_threshold=float(nms.iou),
        score_activation=0,
        box_coding=0,
    )
    return [
        pen.floats(OUTPUTS[0], count),
        normalised(pen, kept, contract.input),
        pen.node("Identity", OUTPUTS[2], [values]),
        pen.floats(OUTPUTS[3], classes),
    ]
