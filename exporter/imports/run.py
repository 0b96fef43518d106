"""``t2e models import``: from a foreign ONNX file to a bundle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exporter import export
from exporter.imports.pictures import Labelled
from exporter.imports.plan import ImportPlan
from exporter.imports.trace import trace
from exporter.report import ExportReport
from train2edge.bundle import MANIFEST
from train2edge.calibration import pictures as calibration
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError
from train2edge.folders import check_free
from train2edge.spec.evaluation import Evaluation


def run(plan: ImportPlan, calibrate: tuple[Sample, ...], scored: Labelled | None) -> ExportReport:
    """Write the plan's bundle; ``calibrate`` may be empty where the precision needs no ranges."""
    check_free(plan.export.out, MANIFEST)
    chosen = _chosen(plan, calibrate)
    seen = chosen or (scored.samples if scored else ())
    evening = chosen if plan.export.precision == "int8" else ()
    traced = trace(plan, _proof(plan, seen[: export.PROOF_PICTURES]), evening)
    validation = scored.samples if scored else ()
    return export.write(plan.export, traced, chosen, validation, Evaluation())


def _chosen(plan: ImportPlan, calibrate: tuple[Sample, ...]) -> tuple[Sample, ...]:
    if plan.export.precision != "int8":
        return calibrate
    if not calibrate:
        raise InputError(
            "INT8 needs pictures to take ranges from",
            where="--calibrate",
            hint="--calibrate FOLDER with pictures like the device's, or --precision fp16",
        )
    return calibration.choose(calibrate, plan.export.calibration)


def _proof(plan: ImportPlan, samples: tuple[Sample, ...]) -> NDArray[np.float32]:
    """Input tensors for the checks: of real pictures, or of noise where none was given.

    Noise is good enough to compare two graphs; ranges are never taken from it.
    """
    frame = plan.contract.input
    if samples:
        return np.stack(list(calibration.tensors(samples, frame)))
    shape = (2, frame.channels, frame.height, frame.width)
    pixels = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    offsets = np.asarray(frame.offsets, np.float32).reshape(1, -1, 1, 1)
    return np.asarray((pixels - offsets) * np.float32(frame.scale), np.float32)
