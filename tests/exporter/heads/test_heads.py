"""Every head: what it recognises, and that what it draws is what it says in NumPy."""

from __future__ import annotations

import importlib

import numpy as np
import onnx_graphsurgeon as gs
import pytest

from exporter import heads
from exporter.heads import HeadPlan, anchors
from exporter.imports import parity, recipe
from exporter.onnx_file import from_graph
from exporter.runs import outputs_of, session
from exporter.surgery import append_topk
from exporter.surgery.append_topk import ListPlan
from exporter.surgery.pen import Pen
from train2edge.contract import InputContract
from train2edge.errors import InputError

SIDE, CLASSES = 32, 3
FRAME = InputContract(SIDE, SIDE)
CELLS = 16 + 4 + 1  # of strides 8, 16, 32

# head, its settings, the shapes of its outputs
KINDS = {
    "yolox": ("yolox", {}, [(1, CELLS, 5 + CLASSES)]),
    "yolov5": (
        "yolox",
        {"decoded": True, "anchors_per_cell": 3},
        [(1, 3 * CELLS, 5 + CLASSES)],
    ),
    "yolov8": ("yolov8", {}, [(1, 4 + CLASSES, CELLS)]),
    "nanodet": (
        "nanodet",
        {},
        [(1, n, w) for w in (CLASSES, 32) for n in (16, 4, 1)],
    ),
    "nanodet_plus": (
        "nanodet",
        {"offset": 0.0},
        [(1, CELLS, CLASSES + 32)],
    ),
    "ssd": ("ssd", {"softmax": True}, [(1, 9, CLASSES + 1), (1, 9, 4)]),
}


def planned(kind: str) -> tuple[heads.Head, HeadPlan, list[tuple[int, ...]]]:
    name, settings, shapes = KINDS[kind]
    head = heads.load(name)
    return head, HeadPlan(SIDE, SIDE, {**head.DEFAULTS, **settings}), shapes


def raw_graph(shapes, opset: int = 13) -> tuple[gs.Graph, np.ndarray, list[np.ndarray]]:
    """A graph whose input, split and reshaped, is the outputs; an input, and those outputs."""
    sizes = [int(np.prod(one)) for one in shapes]
    source = gs.Variable("pictures", np.float32, [1, sum(sizes)])
    graph = gs.Graph(inputs=[source], opset=opset)
    pen = Pen(graph)
    parts = pen.split("cut", source, sizes, 1)
    for index, (part, shape) in enumerate(zip(parts, shapes, strict=True)):
        wanted = pen.constant(f"shape_{index}", [0, *shape[1:]], np.int64)
        tensor = pen.node("Reshape", f"raw_{index}", [part, wanted])
        tensor.shape = list(shape)
        graph.outputs.append(tensor)
    values = np.random.default_rng(4).uniform(0.05, 0.95, (2, sum(sizes))).astype(np.float32)
    cut = np.split(values, np.cumsum(sizes)[:-1], axis=1)
    return (
        graph,
        values,
        [one.reshape(2, *shape[1:]) for one, shape in zip(cut, shapes, strict=True)],
    )


def run(graph: gs.Graph, values: np.ndarray) -> list[np.ndarray]:
    for tensor in [*graph.inputs, *graph.outputs]:
        tensor.shape = ["batch", *tensor.shape[1:]] if tensor.shape else None
    return session(from_graph(graph)).run(None, {"pictures": values})


@pytest.mark.parametrize("kind", KINDS)
def test_the_number_of_classes_is_read_from_the_shapes(kind):
    head, plan, shapes = planned(kind)
    assert head.classes(shapes, plan) == CLASSES


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_of_another_head_are_refused(kind):
    head, plan, _ = planned(kind)
    with pytest.raises(InputError, match="outputs 1x7x9x2"):
        head.classes([(1, 7, 9, 2)], plan)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("opset", [13, 18])
def test_the_drawn_decoding_is_numpys(kind, opset):
    head, plan, shapes = planned(kind)
    graph, values, raw = raw_graph(shapes, opset)
    decoded = head.attach(Pen(graph), list(graph.outputs), plan)
    graph.outputs = list(decoded)
    found = heads.Raw(*run(graph, values))
    assert parity.decoding(found, head.reference(raw, plan)) < 1e-5


@pytest.mark.parametrize("every_label", [False, True])
@pytest.mark.parametrize("rows", [5, 300])
def test_the_lists_are_the_best_of_every_picture(every_label, rows):
    head, plan, shapes = planned("yolov8")
    graph, values, raw = raw_graph(shapes)
    lists = ListPlan(rows, every_label)
    boxes, scores = head.attach(Pen(graph), list(graph.outputs), plan)
    boxes.shape, scores.shape = [1, CELLS, 4], [1, CELLS, CLASSES]
    append_topk.append(graph, boxes, scores, FRAME, lists)
    found = run(graph, values)
    wanted = parity.select(head.reference(raw, plan), lists)
    assert [one.shape[1:] for one in found] == [(1,), (n := min(rows, CELLS), 4), (n,), (n,)]
    assert all(one.dtype == np.float32 for one in found)
    assert parity.selection(found, wanted, (SIDE, SIDE)) < 1e-5


def test_a_yolox_row_is_the_box_that_was_meant():
    """Cell (column 2, row 1) of stride 8: centre 8*(2+.5), 8*(1+.25), size 16 by 8."""
    head, plan, shapes = planned("yolox")
    raw = np.zeros(shapes[0], np.float32)
    raw[0, 4 + 2] = [0.5, 0.25, np.log(2), 0, 0.5, 0.1, 0.8, 0]
    boxes, scores = head.reference([raw], plan)
    np.testing.assert_allclose(boxes[0, 6], [12, 6, 28, 14], atol=1e-5)
    np.testing.assert_allclose(scores[0, 6], [0.05, 0.4, 0])


def test_a_nanodet_distance_is_the_mean_of_its_bins():
    head, plan, shapes = planned("nanodet")
    raw = [np.zeros(one, np.float32) for one in shapes]
    bins = raw[3].reshape(16, 4, 8)
    bins[0, :, 2] = 50  # two cells to every side of the first centre, (4, 4)
    boxes, _ = head.reference(raw, plan)
    np.testing.assert_allclose(boxes[0, 0], [-12, -12, 20, 20], atol=1e-4)


def test_detectnet_is_told_by_its_channels_and_left_as_it_is():
    head = heads.load("detectnet_v2")
    plan = HeadPlan(64, 48, dict(head.DEFAULTS))
    assert head.classes([(1, 12, 3, 4), (1, 3, 3, 4)], plan) == 3
    assert head.attach(Pen(gs.Graph()), [], plan) is None
    with pytest.raises(InputError, match="3x4 cells"):
        head.classes([(1, 12, 2, 4), (1, 3, 2, 4)], plan)


def test_anchors_run_by_rows_and_levels():
    found = anchors.grid(16, 8, (8, 16), 0.5)
    assert found.points.tolist() == [[0.5, 0.5], [1.5, 0.5], [0.5, 0.5]]
    assert found.strides.ravel().tolist() == [8, 8, 16]


def test_every_file_is_a_head():
    for name in heads.names():
        module = importlib.import_module(f"exporter.heads.{name}")
        assert all(hasattr(module, one) for one in ("DEFAULTS", "classes", "attach", "reference"))
    with pytest.raises(InputError, match="no head 'none'"):
        heads.load("none")


def test_parity_sees_a_wrong_box_and_a_wrong_order():
    raw = heads.Raw(np.ones((1, 2, 4), np.float32), np.asarray([[[0.2], [0.7]]], np.float32))
    other = heads.Raw(raw.boxes + np.float32(1), raw.scores)
    assert parity.decoding(other, raw) == pytest.approx(0.5)
    lists = parity.select(raw, ListPlan(2))
    assert lists[0][1].tolist() == pytest.approx([0.7, 0.2])
    boxes = np.full((1, 2, 4), 1 / SIDE, np.float32)
    swapped = [np.asarray([[2.0]]), boxes, np.asarray([[0.2, 0.7]]), np.zeros((1, 2))]
    assert parity.selection(swapped, lists, (SIDE, SIDE)) == pytest.approx(0.5)


def test_outputs_of_sees_one_picture_after_the_other():
    graph, values, raw = raw_graph([(1, 4, 4)])
    np.testing.assert_array_equal(outputs_of(from_graph(graph), values)[0], raw[0])


# what the exporters of the published projects write: size of the input, shapes, classes
PUBLISHED = {
    "yolox": ((416, 416), [(1, 3549, 85)], 80),  # tools/export_onnx.py: "output"
    "yolov5": ((640, 640), [(1, 25200, 85)], 80),  # export.py: "output0"
    "yolov8": ((640, 640), [(1, 84, 8400)], 80),  # ultralytics' exporter: "output0"
    "nanodet": (  # tools/export_onnx.py of 0.x: cls_pred_stride_8 ..., dis_pred_stride_8 ...
        (416, 416),
        [(1, n, w) for w in (80, 32) for n in (2704, 676, 169)],
        80,
    ),
    # tools/export_onnx.py of 1.x: "output", 52x52, 26x26, 13x13 and 7x7 cells
    "nanodet_plus": ((416, 416), [(1, 3598, 112)], 80),
    "ssd": ((300, 300), [(1, 3000, 21), (1, 3000, 4)], 20),  # pytorch-ssd: "scores", "boxes"
    # output_cov/Sigmoid:0 and output_bbox/BiasAdd:0 of TAO's PeopleNet
    "detectnet_v2": ((960, 544), [(1, 3, 34, 60), (1, 12, 34, 60)], 3),
}


@pytest.mark.parametrize("name", recipe.names())
def test_a_recipe_reads_what_its_projects_exporter_writes(name):
    (width, height), shapes, classes = PUBLISHED[name]
    one = recipe.read(name)
    head = heads.load(one.head)
    plan = HeadPlan(width, height, {**head.DEFAULTS, **one.settings})
    assert head.classes(shapes, plan) == classes
    assert one.labels is None or len(recipe.labels(one.labels)) == classes
