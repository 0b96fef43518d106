"""``model.onnx`` in the precision that was asked for, and the files that belong to it."""

from __future__ import annotations

import shutil
from pathlib import Path

from exporter import pack
from exporter.plan import ExportPlan
from exporter.quantize import fp16, int8, overflow, unsigned
from exporter.quantize.cache import CalibrationCache
from exporter.report import QuantizationReport
from exporter.traced import Traced
from train2edge import tensorrt
from train2edge.calibration import pictures as calibration
from train2edge.datasets.sample import Sample
from train2edge.progress import track


def write(
    plan: ExportPlan,
    traced: Traced,
    samples: tuple[Sample, ...],
    folder: Path,
    score: int8.Score | None,
) -> tuple[QuantizationReport | None, tuple[str, ...]]:
    """Write ``model.onnx`` in the precision asked for, and what belongs to it.

    Gives what INT8 came to, and the layers that FP16 leaves in FP32.
    """
    if plan.precision == "int8":
        return _write_int8(plan, traced, samples, folder, score), ()
    if plan.precision == "fp16":
        return None, _write_fp16(traced, samples, folder)
    shutil.copyfile(folder / pack.MODEL_FP32, folder / pack.MODEL)
    return None, ()


def _write_fp16(traced: Traced, samples: tuple[Sample, ...], folder: Path) -> tuple[str, ...]:
    pictures = track(
        calibration.tensors(samples, traced.contract.input), "what FP16 holds", len(samples)
    )
    half, islands = fp16.to_fp16(traced.model, overflow.large_tensors(traced.model, pictures))
    pack.write_model(half, folder / pack.MODEL, traced.contract)
    return islands


def _write_int8(
    plan: ExportPlan,
    traced: Traced,
    samples: tuple[Sample, ...],
    folder: Path,
    score: int8.Score | None,
) -> QuantizationReport:
    pictures = calibration.tensors(samples, traced.contract.input)
    made = int8.make(
        traced.model,
        track(pictures, "calibrate", len(samples)),
        plan.calibration,
        plan.gate,
        score,
        traced.trained,
    )
    pack.write_model(made.device, folder / pack.MODEL, traced.contract)
    pack.write_model(unsigned.unsigned(made.cpu), folder / pack.MODEL_CPU, traced.contract)
    number = tensorrt.number(tensorrt.parse(plan.tensorrt))
    if not traced.trained:
        pack.write_model(made.by_cache, folder / pack.MODEL_CACHED, traced.contract)
    CalibrationCache.of(made.cached, number).write(folder / pack.CACHE)
    return QuantizationReport(
        "training" if traced.trained else plan.calibration.method,
        len(samples),
        len(made.placement.weights),
        len(made.placement.tensors),
        len(made.cached),
        made.placement.left,
        made.mixed,
        made.mixed_cpu,
    )
