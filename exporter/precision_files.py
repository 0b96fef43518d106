"""``model.onnx`` in the precision that was asked for, and the files that belong to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from exporter import pack
from exporter.plan import ExportPlan
from exporter.quantize import fp16, fp16_simulation, int8, overflow, unsigned
from exporter.quantize.cache import CalibrationCache
from exporter.quantize.noise import decibels
from exporter.quantize.reference import Reference
from exporter.report import HalfReport, QuantizationReport
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
) -> tuple[QuantizationReport | None, HalfReport | None]:
    """Write ``model.onnx`` in the precision asked for, and what belongs to it; what it came to."""
    if plan.precision == "int8":
        return _write_int8(plan, traced, samples, folder, score), None
    if plan.precision == "fp16":
        return None, _write_fp16(plan, traced, samples, folder)
    shutil.copyfile(folder / pack.MODEL_FP32, folder / pack.MODEL)
    return None, None


def _write_fp16(
    plan: ExportPlan, traced: Traced, samples: tuple[Sample, ...], folder: Path
) -> HalfReport:
    pictures = track(
        calibration.tensors(samples, traced.contract.input), "what FP16 holds", len(samples)
    )
    half, islands = fp16.to_fp16(traced.model, overflow.large_tensors(traced.model, pictures))
    pack.write_model(half, folder / pack.MODEL, traced.contract)
    few = list(calibration.tensors(samples[: int8.NOISE_PICTURES], traced.contract.input))
    sqnr = _decibels(traced.model, half, few) if few else None
    return HalfReport(islands, sqnr, plan.gate.min_sqnr)


def _decibels(
    model: onnx.ModelProto, half: onnx.ModelProto, pictures: list[NDArray[np.float32]]
) -> float:
    """What ``half``, computed in FP16, keeps of ``model`` where noise is looked at."""
    reference = Reference.of(model, pictures)
    return decibels(reference.noise_of(fp16_simulation.simulated(half)))


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
        made.beyond_fp16,
    )
