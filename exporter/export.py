"""From a checkpoint to a bundle: trace, operate, quantise, measure, compile, pack."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from exporter import accuracy, compile_check, from_torch, onnx_file, pack, runs
from exporter.plan import ExportPlan
from exporter.quantize import belonging, calibration, fp16, int8
from exporter.quantize.cache import CalibrationCache, version_number
from exporter.quantize.cache import read as read_cache
from exporter.report import TORCH_TOLERANCE, ExportReport, QuantizationReport
from exporter.surgery import run as surgery
from exporter.surgery.report import SurgeryReport
from train2edge.bundle import MANIFEST, ModelBundle
from train2edge.contract import Contract
from train2edge.datasets.load import Splits
from train2edge.datasets.sample import Sample
from train2edge.errors import WorkError
from train2edge.files import digest_file, write_json, write_text
from train2edge.folders import building, check_free
from train2edge.progress import track
from train2edge.spec.evaluation import Evaluation
from train2edge.spec.experiment import Experiment

_PROOF_PICTURES = 4  # for the checks between torch, ONNX and every pass


@dataclass(frozen=True)
class _Traced:
    """The FP32 graph after surgery, and how far it is from torch."""

    model: onnx.ModelProto
    contract: Contract
    surgery: SurgeryReport
    torch_difference: float
    provenance: Mapping[str, Any]


def export(plan: ExportPlan, experiment: Experiment, splits: Splits) -> ExportReport:
    """Write the bundle and measure it; the bundle appears whole or not at all."""
    check_free(plan.out, MANIFEST)
    chosen = _calibration_samples(plan, splits)
    traced = _trace(plan, chosen[:_PROOF_PICTURES])
    with building(plan.out, MANIFEST) as folder:
        _write_model(traced.model, folder / pack.MODEL_FP32, traced.contract)
        score = _scorer(traced.contract, splits.validation, experiment.evaluation)
        quantization = _write_precision(plan, traced, chosen, folder, score)
        scores = _measure(plan, experiment, splits, folder)
        compiled = compile_check.check(folder / pack.MODEL) if plan.check else None
        report = ExportReport(
            traced.surgery,
            traced.torch_difference,
            scores,
            {one.name: one.stat().st_size for one in sorted(folder.glob("*.onnx"))},
            quantization,
            compiled,
        )
        _write_papers(plan, traced, report, folder, chosen)
    return report


def _calibration_samples(plan: ExportPlan, splits: Splits) -> tuple[Sample, ...]:
    if plan.precision == "int8":
        return calibration.choose(splits.train, plan.calibration)
    few = min(_PROOF_PICTURES, len(splits.train))
    return calibration.choose(
        splits.train, plan.calibration.model_copy(update={"pictures": max(1, few)})
    )


def _trace(plan: ExportPlan, samples: tuple[Sample, ...]) -> _Traced:
    network, checkpoint = from_torch.load(plan.checkpoint)
    contract = checkpoint.contract
    pictures = np.stack(list(calibration.tensors(samples, contract.input)))
    raw = from_torch.to_onnx(network, contract.input, plan.opset)
    model, report = surgery.run(raw, contract, pictures, dynamic_batch=plan.dynamic_batch)
    onnx_file.check_interface(model, contract, where=str(plan.checkpoint))
    difference = _torch_difference(network, model, pictures)
    return _Traced(model, contract, report, difference, checkpoint.provenance)


def _torch_difference(network: Any, model: onnx.ModelProto, pictures: NDArray[np.float32]) -> float:
    difference, _ = surgery.difference(
        from_torch.outputs_of(network, pictures), runs.outputs_of(model, pictures)
    )
    if not difference <= TORCH_TOLERANCE:
        raise WorkError(
            f"the ONNX file differs from the torch network by {difference:.3g} on real pictures"
            f" (tolerance {TORCH_TOLERANCE:g})"
        )
    return difference


def _write_model(model: onnx.ModelProto, path: Path, contract: Contract) -> None:
    onnx_file.write(model, path, contract)
    onnx_file.read_with_contract(path)


def _write_precision(
    plan: ExportPlan,
    traced: _Traced,
    samples: tuple[Sample, ...],
    folder: Path,
    score: int8.Score | None,
) -> QuantizationReport | None:
    """Write ``model.onnx`` in the precision asked for, and what belongs to it."""
    if plan.precision == "int8":
        return _write_int8(plan, traced, samples, folder, score)
    if plan.precision == "fp16":
        _write_model(fp16.to_fp16(traced.model), folder / pack.MODEL, traced.contract)
    else:
        shutil.copyfile(folder / pack.MODEL_FP32, folder / pack.MODEL)
    return None


def _write_int8(
    plan: ExportPlan,
    traced: _Traced,
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
    )
    _write_model(made.device, folder / pack.MODEL, traced.contract)
    _write_model(made.cpu, folder / pack.MODEL_CPU, traced.contract)
    CalibrationCache.of(made.cached, version_number(plan.tensorrt)).write(folder / pack.CACHE)
    return QuantizationReport(
        plan.calibration.method,
        len(samples),
        len(made.placement.weights),
        len(made.placement.tensors),
        len(made.cached),
        made.placement.left,
        made.mixed,
        made.mixed_cpu,
    )


def _scorer(
    contract: Contract, samples: tuple[Sample, ...], evaluation: Evaluation
) -> int8.Score | None:
    """AP50 of a graph on ``samples``; ``None`` where there are none to score on."""
    if not samples:
        return None

    def score(model: onnx.ModelProto) -> float:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / pack.MODEL
            onnx_file.write(model, path, contract)
            return accuracy.measure(path, samples, evaluation).mean

    return score


def _measure(
    plan: ExportPlan, experiment: Experiment, splits: Splits, folder: Path
) -> dict[str, accuracy.Accuracy]:
    """AP of every different file on validation; the graph is executed exactly as written."""
    names = [pack.MODEL_FP32]
    names += [pack.MODEL] if plan.precision != "fp32" else []
    names += [pack.MODEL_CPU] if plan.precision == "int8" else []
    if not splits.validation:
        return {}
    return {
        name: accuracy.measure(folder / name, splits.validation, experiment.evaluation)
        for name in names
    }


def _write_papers(
    plan: ExportPlan,
    traced: _Traced,
    report: ExportReport,
    folder: Path,
    chosen: tuple[Sample, ...],
) -> None:
    pack.write_labels(folder / pack.LABELS, traced.contract.output.classes)
    contract = json.loads(traced.contract.to_json())
    write_text(folder / pack.CONTRACT, json.dumps(contract, indent=2, sort_keys=True) + "\n")
    write_json(folder / pack.REPORT, report.as_record())
    ModelBundle(
        path=folder,
        name=plan.name,
        precision=plan.precision,
        contract=traced.contract,
        files=_roles(plan),
        verified=report.verified(),
        provenance={**_provenance(plan, traced), **_belonging(plan, chosen, folder)},
    ).write_manifest()


def _roles(plan: ExportPlan) -> dict[str, str]:
    roles = {
        "model": pack.MODEL,
        "model_fp32": pack.MODEL_FP32,
        "labels": pack.LABELS,
        "contract": pack.CONTRACT,
        "report": pack.REPORT,
    }
    if plan.precision == "int8":
        roles |= {"calibration_cache": pack.CACHE, "model_cpu": pack.MODEL_CPU}
    return roles


def _provenance(plan: ExportPlan, traced: _Traced) -> dict[str, Any]:
    about: dict[str, Any] = {
        "checkpoint_sha256": digest_file(plan.checkpoint),
        "opset": plan.opset,
        "dynamic_batch": plan.dynamic_batch,
        "training": dict(traced.provenance),
    }
    if plan.precision == "int8":
        about["calibration"] = plan.calibration.model_dump()
        about["gate"] = plan.gate.model_dump()
        about["model_cpu"] = (
            "weights in 7 bits, for CPUs whose int8 kernels add in 16 bits (no VNNI);"
            " not for the device"
        )
    return about


def _belonging(plan: ExportPlan, samples: tuple[Sample, ...], folder: Path) -> dict[str, Any]:
    """What the calibration cache was made from, by which a stale one is recognised."""
    if plan.precision != "int8":
        return {}
    made_from = belonging.calibration_digest(
        plan.calibration.model_dump(), [one.image for one in samples]
    )
    note = belonging.Belonging.of(
        folder / pack.MODEL_FP32, read_cache(folder / pack.CACHE), made_from, plan.tensorrt
    )
    return {belonging.KEY: note.as_record()}
