"""From a checkpoint to a graph that is ready to be packed, checked against torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter import from_torch, onnx_file, runs
from exporter.plan import ExportPlan
from exporter.quantize import trained_parity, trained_ranges
from exporter.report import Parity
from exporter.surgery import run as surgery
from exporter.traced import Traced, checked
from train2edge.calibration import pictures as calibration
from train2edge.datasets.sample import Sample
from train2edge.files import digest_file
from trainer.checkpoint import Checkpoint

_TOLERANCE = 1e-3  # of scores (0..1) and of boxes in units of box_norm (35 pixels)


def trace(plan: ExportPlan, samples: tuple[Sample, ...]) -> Traced:
    """Trace the plan's checkpoint and operate; ``samples`` are real pictures for the checks."""
    network, checkpoint = from_torch.load(plan.checkpoint)
    contract = checkpoint.contract
    pictures = np.stack(list(calibration.tensors(samples, contract.input)))
    raw = from_torch.to_onnx(network, contract, plan.opset)
    model, report = surgery.run(raw, contract, pictures, dynamic_batch=plan.dynamic_batch)
    onnx_file.check_interface(model, contract, where=str(plan.checkpoint))
    origin = {
        "checkpoint_sha256": digest_file(plan.checkpoint),
        "training": dict(checkpoint.provenance),
    }
    traced = Traced(model, contract, report, _parity(network, model, pictures), origin)
    if not checkpoint.limits:
        return traced
    reads = trained_ranges.readings(gs.import_onnx(model), trained_ranges.output_nodes(raw))
    trained = trained_ranges.by_tensor(reads, checkpoint.limits)
    quantised = trained_parity.parity(model, trained, _seen(checkpoint, reads, pictures))
    return replace(traced, trained=trained, quantised=checked(quantised))


def _parity(network: Any, model: onnx.ModelProto, pictures: NDArray[np.float32]) -> Parity:
    found = surgery.differences(
        from_torch.outputs_of(network, pictures), runs.outputs_of(model, pictures)
    )
    difference = float(np.max([moved for moved, _ in found]))  # keeps NaN
    what = "torch against ONNX, largest difference on real pictures"
    return checked(Parity(what, difference, _TOLERANCE))


def _seen(
    checkpoint: Checkpoint, reads: Mapping[str, str], pictures: NDArray[np.float32]
) -> Iterator[dict[str, NDArray[np.float32]]]:
    """What the quantised network reads and gives for each picture, by the graph's names."""
    outputs = checkpoint.contract.output.shapes(checkpoint.contract.input)
    for read, given in from_torch.tensors_of(checkpoint.model(), pictures):
        by_tensor = {reads[module]: value for module, value in read.items()}
        yield by_tensor | dict(zip(outputs, given, strict=True))
