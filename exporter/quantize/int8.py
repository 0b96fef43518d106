"""The INT8 files of a float graph, made from one set of ranges of one pass over pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter.quantize import activations, best_ranges, cache_graph, fp16, overflow, placement, qdq
from exporter.quantize.mixed import MixedPlan, Score, Search
from exporter.quantize.placement import QdqPlan
from exporter.quantize.reference import Reference
from exporter.quantize.speed import Speed
from train2edge.calibration import ranges
from train2edge.spec.export import Calibration, Gate

__all__ = ["Int8", "Score", "make"]

PROBE_PICTURES = 16  # kept in memory, for bias correction
NOISE_PICTURES = 4  # of those, for the noise at the outputs: thousands of values each


@dataclass(frozen=True)
class Int8:
    """``device`` is the Q/DQ graph, ``cpu`` its 7-bit copy, ``cached`` the ranges by tensor, and
    ``by_cache`` the float graph that they make the same of as ``device``. ``beyond_fp16`` are the
    nodes whose values FP16, which TensorRT may choose where it is not INT8, does not hold."""

    device: onnx.ModelProto
    cpu: onnx.ModelProto
    cached: Mapping[str, float]
    by_cache: onnx.ModelProto
    placement: QdqPlan
    mixed: MixedPlan
    mixed_cpu: MixedPlan
    beyond_fp16: tuple[str, ...]


def make(
    model: onnx.ModelProto,
    pictures: Iterable[NDArray[np.float32]],
    calibration: Calibration,
    gate: Gate,
    score: Score | None,
    trained: Mapping[str, float] | None = None,
) -> Int8:
    """Quantise ``model`` (FP32, batch norms folded) by ``pictures`` ``[C, H, W]``.

    ``score`` gives a graph's score (0..1), or is ``None`` where nothing is labelled. The ranges
    in which a network was ``trained`` stay as they are, and so do its biases on the device (nobody
    trained the 7-bit copy); the pictures then give the calibration cache's other lines. Raises
    ``WorkError`` when there are no pictures.
    """
    kept: list[NDArray[np.float32]] = []
    tensors = placement.ranged(gs.import_onnx(model))
    histograms = activations.collect(model, tensors, _keeping(pictures, kept))
    reference = Reference.of(model, kept[:NOISE_PICTURES])
    if trained:
        method = best_ranges.FIRST if calibration.method == "auto" else calibration.method
        one = calibration.model_copy(update={"method": method})
        thresholds = {**ranges.thresholds(histograms, one), **trained}
    elif calibration.method == "auto":
        thresholds = best_ranges.thresholds(histograms, calibration, reference)
    else:
        thresholds = ranges.thresholds(histograms, calibration)
    search = Search(reference, thresholds, kept, gate, score, Speed.of(model, kept[0]))
    device, mixed = search.run(qdq.WEIGHT_LEVELS, trained=bool(trained))
    cpu, mixed_cpu = search.run(qdq.CPU_WEIGHT_LEVELS)
    whole = placement.plan(gs.import_onnx(model))
    hidden = without_range(whole, mixed.keep)
    return Int8(
        device,
        cpu,
        {name: one for name, one in thresholds.items() if name not in hidden},
        cache_graph.with_biases_of(device, model, left=whole.readers(hidden)),
        whole.without(mixed.keep),
        mixed,
        mixed_cpu,
        fp16.islands_of(model, overflow.large_among(histograms)),
    )


def without_range(placement: QdqPlan, keep: Iterable[str]) -> frozenset[str]:
    """The tensors that a calibration cache has no line of, to leave the nodes ``keep`` in float.

    A cache names tensors, not layers: TensorRT runs a layer in float when a tensor that it reads
    has no range. So do the others that read it.
    """
    names = set(keep)
    return frozenset(edge.tensor for edge in placement.edges if edge.node in names)


def _keeping(
    pictures: Iterable[NDArray[np.float32]], kept: list[NDArray[np.float32]]
) -> Iterable[NDArray[np.float32]]:
    """The same pictures; the first ones stay in ``kept``."""
    for picture in pictures:
        if len(kept) < PROBE_PICTURES:
            kept.append(picture)
        yield picture
