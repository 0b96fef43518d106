"""``t2e models import``: from a foreign ONNX file to a bundle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from exporter import export
from exporter.imports import pictures
from exporter.imports.plan import ImportPlan, plan
from exporter.imports.trace import trace
from exporter.imports.wishes import Wishes
from exporter.report import ExportReport
from train2edge.bundle import MANIFEST
from train2edge.calibration import pictures as calibration
from train2edge.datasets.labelled import Labelled, labelled
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError
from train2edge.folders import check_free
from train2edge.spec.evaluation import Evaluation


@dataclass(frozen=True)
class Prepared:
    """A plan with its pictures: ``calibrating`` give INT8 ranges, ``scored`` are labelled."""

    plan: ImportPlan
    calibrating: tuple[Sample, ...]
    scored: Labelled | None


def prepare(
    file: Path,
    out: Path,
    recipe: str | None,
    wishes: Wishes,
    calibrate: Path | None,
    data: Path | None,
) -> Prepared:
    """The plan of an import with the pictures of two folders, either of which may be missing.

    Labelled pictures alone serve for both, some for the ranges and the others for the score.
    """
    calibrating, broken = pictures.in_folder(calibrate) if calibrate else ((), ())
    count = len(calibrating) or None
    decided = plan(file, out, recipe, wishes, pictures=count, scored=data is not None)
    decided = replace(decided, skipped=tuple(map(str, broken)))
    if data is None:
        return Prepared(decided, calibrating, None)
    found = labelled(data, decided.contract.output.classes)
    if calibrating or wishes.precision != "int8":
        return Prepared(decided, calibrating, found)
    usual = decided.export.calibration
    calibrating, rest = pictures.shared(found.samples, usual, data)
    decided = plan(file, out, recipe, wishes, pictures=len(calibrating))
    decided = replace(decided, rest=len(rest))
    return Prepared(decided, calibrating, replace(found, samples=rest))


def run(prepared: Prepared) -> ExportReport:
    """Write the bundle; no picture has to calibrate where the precision needs no ranges."""
    decided, scored = prepared.plan, prepared.scored
    check_free(decided.export.out, MANIFEST)
    chosen = _chosen(decided, prepared.calibrating)
    seen = chosen or (scored.samples if scored else ())
    evening = chosen if decided.export.precision == "int8" else ()
    if decided.export.precision == "fp16":
        chosen = seen[: decided.export.calibration.pictures]
    traced = trace(decided, _proof(decided, seen[: export.PROOF_PICTURES]), evening)
    validation = scored.samples if scored else ()
    return export.write(decided.export, traced, chosen, validation, Evaluation())


def _chosen(decided: ImportPlan, calibrate: tuple[Sample, ...]) -> tuple[Sample, ...]:
    if decided.export.precision != "int8":
        return calibrate
    if not calibrate:
        raise InputError(
            "INT8 needs pictures to take ranges from",
            where="--calibrate",
            hint="--calibrate FOLDER with pictures like the device's, --data with labelled ones,"
            " or --precision fp16",
        )
    return calibration.choose(calibrate, decided.export.calibration)


def _proof(decided: ImportPlan, samples: tuple[Sample, ...]) -> NDArray[np.float32]:
    """Input tensors for the checks: of real pictures, or of noise where none was given.

    Noise is good enough to compare two graphs; ranges are never taken from it.
    """
    frame = decided.contract.input
    if samples:
        return np.stack(list(calibration.tensors(samples, frame)))
    shape = (2, frame.channels, frame.height, frame.width)
    pixels = np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
    offsets = np.asarray(frame.offsets, np.float32).reshape(1, -1, 1, 1)
    return np.asarray((pixels - offsets) * np.float32(frame.scale), np.float32)
