"""Method ``auto``: every tensor's range by the method that brings least noise to the outputs.

No method is best everywhere: a clipped outlier costs nothing behind a ReLU and everything in front
of a head. A tensor is quantised alone, all else in float, and what the network says is compared
(``reference.Reference``). Only the tensors that matter are tried with every method.
"""

from __future__ import annotations

from collections.abc import Mapping

import onnx_graphsurgeon as gs

from exporter.quantize import placement
from exporter.quantize.reference import Reference
from exporter.quantize.sensitivity import noise_of_tensor
from train2edge.calibration import ranges
from train2edge.calibration.histogram import Histogram
from train2edge.progress import track
from train2edge.spec.export import Calibration

FIRST = "percentile"  # the best of all where one has to serve for every tensor
OTHERS = ("mse", "entropy", "max")
MATTERS = 0.01  # of the noise of all tensors together


def thresholds(
    histograms: Mapping[str, Histogram],
    settings: Calibration,
    reference: Reference,
) -> dict[str, float]:
    """The threshold of every tensor of ``histograms``, chosen as the module says."""
    by_method = {
        method: ranges.thresholds(histograms, settings.model_copy(update={"method": method}))
        for method in (FIRST, *OTHERS)
    }
    chosen = dict(by_method[FIRST])
    whole = placement.plan(gs.import_onnx(reference.model))
    names = whole.tensors
    noise = {
        name: noise_of_tensor(reference, whole, name, chosen[name])
        for name in track(names, "noise of every tensor", len(names), "tensors")
    }
    total = sum(noise.values())
    heavy = [name for name in names if noise[name] > MATTERS * total]
    for name in track(heavy, "ranges of the tensors that matter", len(heavy), "tensors"):
        for method in OTHERS:
            found = noise_of_tensor(reference, whole, name, by_method[method][name])
            if found < noise[name]:
                noise[name], chosen[name] = found, by_method[method][name]
    return chosen
