"""Run the passes in order, each checked against the graph before it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter import onnx_file
from exporter.runs import outputs_of
from exporter.surgery.report import CheckedPass, PassReport, SurgeryReport
from exporter.surgery.wiring import forget_inner_shapes
from train2edge.contract import Contract
from train2edge.errors import WorkError

INSIDE = (  # what may be done to any network, whatever its outputs mean
    "fixed_size",
    "constant_fold",
    "strip_dead",
    "dense_to_conv",
    "fold_batchnorm",
    "focus_to_conv",
    "fold_normalization",
    "hard_activations",
    "resize_modes",
    "cascade_max_pool",
)
OUTSIDE = ("name_tensors", "dynamic_batch")  # names and shapes, when the outputs are the parser's
PASSES = (*INSIDE, *OUTSIDE)
TOLERANCE = 1e-4


def run(
    model: onnx.ModelProto,
    contract: Contract,
    pictures: NDArray[np.float32],
    *,
    passes: Sequence[str] = PASSES,
    dynamic_batch: bool = True,
    tolerance: float = TOLERANCE,
) -> tuple[onnx.ModelProto, SurgeryReport]:
    """Apply ``passes`` to ``model``; one that finds nothing to change leaves the model as it is.

    ``pictures`` are real input tensors ``[N, C, H, W]``; noise is added to them for the check.
    ``WorkError`` as soon as a pass moves an output by more than ``tolerance`` times that output's
    largest value (at least 1): then the pass, not the model, is wrong.
    """
    batch = _with_noise(pictures)
    before = outputs_of(model, batch)
    checked = []
    for name in passes:
        if name == "dynamic_batch" and not dynamic_batch:
            continue
        apply = partial(_load(name).apply, contract=contract)
        model, before, one = _step(model, apply, batch, before, tolerance)
        checked.append(one)
    return model, SurgeryReport(tuple(checked), tolerance)


def step(
    model: onnx.ModelProto,
    apply: Callable[[gs.Graph], PassReport],
    pictures: NDArray[np.float32],
    tolerance: float = TOLERANCE,
) -> tuple[onnx.ModelProto, CheckedPass]:
    """One pass that needs more than the contract, held to the same proof."""
    batch = _with_noise(pictures)
    done, _, checked = _step(model, apply, batch, outputs_of(model, batch), tolerance)
    return done, checked


def _step(
    model: onnx.ModelProto,
    apply: Callable[[gs.Graph], PassReport],
    batch: NDArray[np.float32],
    before: list[NDArray[np.float32]],
    tolerance: float,
) -> tuple[onnx.ModelProto, list[NDArray[np.float32]], CheckedPass]:
    graph = gs.import_onnx(onnx.shape_inference.infer_shapes(model))
    report = apply(graph)
    if not report.changed:
        return model, before, CheckedPass(report, 0.0, 0.0)
    forget_inner_shapes(graph)
    done = onnx_file.from_graph(graph)
    after = outputs_of(done, batch)
    checked = CheckedPass(report, *most_moved(before, after))
    _refuse(checked, tolerance)
    return done, after, checked


def _load(name: str) -> ModuleType:
    return importlib.import_module(f"exporter.surgery.{name}")


def _with_noise(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    """Real pictures rarely reach every activation; uniform noise in their range does."""
    low, high = float(pictures.min()), float(pictures.max())
    noise = np.random.default_rng(0).uniform(low, high, (1, *pictures.shape[1:]))
    return np.concatenate([pictures, noise.astype(np.float32)])


def most_moved(
    before: list[NDArray[np.float32]], after: list[NDArray[np.float32]]
) -> tuple[float, float]:
    """Of the output that moved most for its own size: the largest difference, and largest value.

    Each by its own: a count of 300 candidates beside scores of 0..1 would excuse any score.
    """
    found = differences(before, after)
    worst = np.argmax([moved / max(1.0, largest) for moved, largest in found])  # a NaN comes first
    return found[int(worst)]


def differences(
    before: list[NDArray[np.float32]], after: list[NDArray[np.float32]]
) -> list[tuple[float, float]]:
    """Largest absolute difference of outputs in the same place, and largest absolute value."""
    if [one.shape for one in before] != [one.shape for one in after]:
        return [(float("inf"), 0.0)]
    return [
        (float(np.abs(a - b).max()), float(np.abs(a).max()))
        for a, b in zip(before, after, strict=True)
    ]


def _refuse(checked: CheckedPass, tolerance: float) -> None:
    if not checked.relative <= tolerance:  # also catches NaN
        raise WorkError(
            f"surgery pass {checked.report.name} changed an output by {checked.difference:.3g}"
            f" (largest value {checked.largest:.3g}, tolerance {tolerance:g})"
        )
