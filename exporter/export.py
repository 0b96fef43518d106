"""From a checkpoint to a bundle: trace, operate, quantise, measure, compile, pack."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx

from exporter import accuracy, bundle_check, onnx_file, pack, precision_files
from exporter.plan import ExportPlan
from exporter.quantize import belonging, fp16, fp16_simulation, int8
from exporter.quantize.cache import read as read_cache
from exporter.report import ExportReport
from exporter.surgery import append_efficient_nms, append_topk
from exporter.traced import Traced
from train2edge.bundle import MANIFEST, ModelBundle
from train2edge.calibration import pictures as calibration
from train2edge.contract import Contract
from train2edge.datasets.load import Splits
from train2edge.datasets.sample import Sample
from train2edge.files import write_json, write_text
from train2edge.folders import building, check_free
from train2edge.spec.evaluation import Evaluation
from train2edge.spec.experiment import Experiment

PROOF_PICTURES = 4  # for the checks between torch, ONNX and every pass


def export(plan: ExportPlan, experiment: Experiment, splits: Splits) -> ExportReport:
    """Write the bundle and measure it; the bundle appears whole or not at all."""
    from exporter.from_checkpoint import trace  # torch, which a foreign ONNX file does not need

    check_free(plan.out, MANIFEST)
    chosen = _calibration_samples(plan, splits)
    traced = trace(plan, chosen[:PROOF_PICTURES])
    return write(plan, traced, chosen, splits.validation, experiment.evaluation)


def write(
    plan: ExportPlan,
    traced: Traced,
    chosen: tuple[Sample, ...],
    validation: tuple[Sample, ...],
    evaluation: Evaluation,
) -> ExportReport:
    """The road from a traced graph to a bundle, wherever the graph came from.

    ``chosen`` are the calibration pictures; without ``validation`` no accuracy is measured.
    """
    roles = _roles(plan, traced)
    with building(plan.out, MANIFEST) as folder:
        pack.write_model(traced.model, folder / pack.MODEL_FP32, traced.contract)
        score = _scorer(traced.contract, validation, evaluation, plan.gate.looks)
        quantization, half = precision_files.write(plan, traced, chosen, folder, score)
        if plan.efficient_nms:
            _write_plugin(traced, folder, roles)
        scores = _measure(plan, score, folder)
        bundle = ModelBundle(folder, plan.name, plan.precision, traced.contract, roles)
        capabilities = bundle_check.capabilities_of(plan.devices)
        compiled = bundle_check.check_bundle(bundle, capabilities) if plan.check else None
        report = ExportReport(
            traced.surgery,
            traced.parity,
            scores,
            {one.name: one.stat().st_size for one in sorted(folder.glob("*.onnx"))},
            quantization,
            compiled,
            traced.quantised,
            half,
        )
        _write_papers(bundle, plan, traced, report, chosen)
    return report


def _calibration_samples(plan: ExportPlan, splits: Splits) -> tuple[Sample, ...]:
    if plan.precision == "int8":
        return calibration.choose(splits.train, plan.calibration)
    wanted = plan.calibration.pictures if plan.precision == "fp16" else PROOF_PICTURES
    few = max(1, min(wanted, len(splits.train)))
    return calibration.choose(splits.train, plan.calibration.model_copy(update={"pictures": few}))


def _scorer(
    contract: Contract, samples: tuple[Sample, ...], evaluation: Evaluation, looks: int
) -> int8.Score | None:
    """The score of a graph on ``samples``, measured once for each graph; ``None`` without any."""
    if not samples:
        return None
    known: dict[str, accuracy.Accuracy] = {}

    def score(model: onnx.ModelProto) -> accuracy.Accuracy:
        digest = hashlib.sha256(model.graph.SerializeToString(deterministic=True)).hexdigest()
        if digest not in known:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / pack.MODEL
                onnx_file.write(fp16_simulation.simulated(model), path, contract)
                known[digest] = accuracy.measure(path, samples, evaluation, looks)
        return known[digest]

    return score


def _write_plugin(traced: Traced, folder: Path, roles: Mapping[str, str]) -> None:
    """The files for the device once more, with NMS inside the engine."""
    rows = next(one for one in traced.model.graph.output if one.name == append_topk.OUTPUTS[2])
    nms = append_efficient_nms.plan(traced.contract, onnx_file.shape_of(rows)[1] or 1)
    for source, target in (one for role, one in pack.PLUGIN.items() if role in roles):
        model = append_efficient_nms.replace(onnx_file.read(folder / source), traced.contract, nms)
        onnx_file.write(model, folder / target, traced.contract)


def _measure(
    plan: ExportPlan, score: int8.Score | None, folder: Path
) -> dict[str, accuracy.Accuracy]:
    """The task's score of every different file on validation, executed exactly as written."""
    names = [pack.MODEL_FP32]
    names += [pack.MODEL] if plan.precision != "fp32" else []
    names += [pack.MODEL_CPU] if plan.precision == "int8" else []
    if score is None:
        return {}
    return {name: score(onnx_file.read(folder / name)) for name in names}


def _write_papers(
    bundle: ModelBundle,
    plan: ExportPlan,
    traced: Traced,
    report: ExportReport,
    chosen: tuple[Sample, ...],
) -> None:
    folder = bundle.path
    pack.write_labels(folder / pack.LABELS, traced.contract)
    contract = json.loads(traced.contract.to_json())
    write_text(folder / pack.CONTRACT, json.dumps(contract, indent=2, sort_keys=True) + "\n")
    write_json(folder / pack.REPORT, report.as_record())
    provenance = {**_provenance(plan, traced), **_belonging(plan, bundle, chosen)}
    provenance |= {fp16.KEY: list(report.beyond_fp16)} if report.beyond_fp16 else {}
    replace(bundle, verified=report.verified(), provenance=provenance).write_manifest()


def _roles(plan: ExportPlan, traced: Traced) -> dict[str, str]:
    roles = {
        "model": pack.MODEL,
        "model_fp32": pack.MODEL_FP32,
        "labels": pack.LABELS,
        "contract": pack.CONTRACT,
        "report": pack.REPORT,
    }
    if plan.precision == "int8":
        roles |= {"calibration_cache": pack.CACHE, "model_cpu": pack.MODEL_CPU}
    if plan.precision == "int8" and not traced.trained:  # whose biases are corrected
        roles["model_cached"] = pack.MODEL_CACHED
    if plan.efficient_nms:
        written = set(roles.values())
        roles |= {role: name for role, (of, name) in pack.PLUGIN.items() if of in written}
    return roles


def _provenance(plan: ExportPlan, traced: Traced) -> dict[str, Any]:
    about: dict[str, Any] = {
        **traced.origin,
        bundle_check.KEY: list(bundle_check.capabilities_of(plan.devices)),
        "opset": plan.opset,
        "dynamic_batch": plan.dynamic_batch,
    }
    if plan.precision == "int8":
        about["calibration"] = plan.calibration.model_dump()
        about["gate"] = plan.gate.model_dump()
        about["model_cpu"] = (
            "weights in 7 bits, for CPUs whose int8 kernels add in 16 bits (no VNNI),"
            " activations unsigned; not for the device"
        )
    return about


def _belonging(
    plan: ExportPlan, bundle: ModelBundle, samples: tuple[Sample, ...]
) -> dict[str, Any]:
    """What the calibration cache was made from, by which a stale one is recognised."""
    if plan.precision != "int8":
        return {}
    made_from = belonging.calibration_digest(
        plan.calibration.model_dump(), [one.image for one in samples]
    )
    note = belonging.Belonging.of(
        bundle.file(bundle.cache_role),
        read_cache(bundle.file("calibration_cache")),
        made_from,
        plan.tensorrt,
    )
    return {belonging.KEY: note.as_record()}
