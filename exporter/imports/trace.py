"""From a foreign ONNX file to a graph that is ready to be packed, checked against the file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter import heads, onnx_file
from exporter.heads import Decoded, Raw
from exporter.imports import model_file, parity
from exporter.imports.plan import ImportPlan
from exporter.report import Parity
from exporter.runs import channel_peaks, outputs_of
from exporter.surgery import append_topk, equalise_channels
from exporter.surgery import run as surgery
from exporter.surgery.pen import Pen
from exporter.surgery.report import CheckedPass, PassReport, SurgeryReport
from exporter.traced import Traced, checked
from train2edge.calibration import pictures as calibration
from train2edge.datasets.sample import Sample
from train2edge.files import digest_file

_TOLERANCE = 1e-3  # of scores (0..1) and of boxes in units of 1 + pixels
Floats = NDArray[np.float32]


def trace(plan: ImportPlan, pictures: Floats, calibrating: Sequence[Sample] = ()) -> Traced:
    """Operate on the plan's file until it is the contract's.

    ``pictures`` ``[N, C, H, W]`` are input tensors as nvinfer would make them, for the checks;
    with ``calibrating`` the graph is made fit for INT8 by what these pictures show.
    """
    read = model_file.read(plan.export.checkpoint, plan.outputs)
    original = model_file.sized(read, plan.contract)
    inside, before = surgery.run(
        _scaled(original, plan), plan.contract, pictures, passes=surgery.INSIDE
    )
    drawn, found = _with_head(inside, plan, original, pictures)
    model, after = surgery.run(
        drawn,
        plan.contract,
        pictures,
        passes=surgery.OUTSIDE,
        dynamic_batch=plan.export.dynamic_batch,
    )
    onnx_file.check_interface(model, plan.contract, where=str(plan.export.checkpoint))
    passes = [*before.passes, *after.passes]
    if calibrating:
        model, evened = _evened(model, plan, pictures, calibrating)
        passes.append(evened)
    report = SurgeryReport(tuple(passes), before.tolerance)
    return Traced(model, plan.contract, report, found, _origin(plan))


def _evened(
    model: onnx.ModelProto, plan: ImportPlan, pictures: Floats, calibrating: Sequence[Sample]
) -> tuple[onnx.ModelProto, CheckedPass]:
    """``equalise_channels`` by the peaks that the calibration pictures reach."""
    names = equalise_channels.tensors(gs.import_onnx(model))
    peaks = channel_peaks(model, names, calibration.tensors(calibrating, plan.contract.input))

    def apply(graph: gs.Graph) -> PassReport:
        return equalise_channels.apply(graph, peaks)

    return surgery.step(model, apply, pictures)


def _origin(plan: ImportPlan) -> dict[str, object]:
    return {
        "onnx_sha256": digest_file(plan.export.checkpoint),
        "recipe": plan.recipe,
        "head": {"name": plan.head, **plan.head_plan.settings},
        "notes": plan.notes(),
    }


def _scaled(model: onnx.ModelProto, plan: ImportPlan) -> onnx.ModelProto:
    """A factor a channel in front of the network, for ``fold_normalization`` to fold."""
    if all(one == 1 for one in plan.factors):
        return model
    graph = gs.import_onnx(model)
    pen, source = Pen(graph), graph.inputs[0]
    readers = list(source.outputs)
    values = pen.constant("input_factors", np.reshape(plan.factors, (1, -1, 1, 1)))
    scaled = pen.node("Mul", "input_scaled", [source, values])
    for reader in readers:
        reader.inputs = [scaled if one is source else one for one in reader.inputs]
    return onnx_file.from_graph(graph)


def _with_head(
    model: onnx.ModelProto, plan: ImportPlan, original: onnx.ModelProto, pictures: Floats
) -> tuple[onnx.ModelProto, Parity]:
    head = heads.load(plan.head)
    factors = np.reshape(np.asarray(plan.factors, np.float32), (1, -1, 1, 1))
    wanted = head.reference(outputs_of(original, pictures * factors), plan.head_plan)
    graph = _shaped(model, [one.shape for one in outputs_of(model, pictures[:1])])
    decoded = head.attach(Pen(graph), list(graph.outputs), plan.head_plan)
    if decoded is None:
        drawn = head.reference(outputs_of(model, pictures), plan.head_plan)
        return onnx_file.from_graph(graph), _parity(parity.decoding(drawn, wanted))
    drawn = _run(graph, decoded, pictures)
    decoded.boxes.shape, decoded.scores.shape = (list(one[:1].shape) for one in drawn)
    found = _parity(parity.decoding(drawn, wanted))
    append_topk.append(graph, decoded.boxes, decoded.scores, plan.contract.input, plan.lists)
    done = onnx_file.from_graph(graph)
    _check_lists(done, drawn, plan, pictures)
    return done, found


def _shaped(model: onnx.ModelProto, shapes: list[tuple[int, ...]]) -> gs.Graph:
    """The graph of ``model``, whose outputs say their shapes."""
    graph = gs.import_onnx(model)
    for tensor, shape in zip(graph.outputs, shapes, strict=True):
        tensor.shape = list(shape)
    return graph


def _run(graph: gs.Graph, decoded: Decoded, pictures: Floats) -> Raw:
    """All candidates, by the drawn decoding alone."""
    half = graph.copy()
    tensors = half.tensors()
    half.outputs = [tensors[one.name] for one in decoded]
    boxes, scores = outputs_of(onnx_file.from_graph(half), pictures)
    return Raw(boxes, scores)


def _check_lists(model: onnx.ModelProto, drawn: Raw, plan: ImportPlan, pictures: Floats) -> None:
    wanted = parity.select(drawn, plan.lists)
    size = (plan.contract.input.width, plan.contract.input.height)
    difference = parity.selection(outputs_of(model, pictures), wanted, size)
    checked(Parity("the lists of the best candidates against NumPy", difference, _TOLERANCE))


def _parity(difference: float) -> Parity:
    what = "graph against the original's outputs decoded in NumPy, largest difference"
    return checked(Parity(what, difference, _TOLERANCE))
