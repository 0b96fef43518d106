"""Which way of making INT8 loses least on foreign detectors, by pictures that score nothing else.

    python benchmarks/foreign_ranges.py FILE.onnx --recipe NAME --data LABELLED [--data LABELLED]
        [--pictures 26]

Of every LABELLED folder (training pictures; ``--pictures`` of each) one half gives the ranges and
the other is scored, then the other way round; both halves are scored together. A row is one way:
the method of the ranges, whether biases are corrected, and from which unevenness on channels are
evened (``equalise_channels.UNEVEN``). No layer stays in float and nothing is gated. Columns: the
decibels at the outputs, the agreement with FP32, which needs no labels (AP50 against what the float
network shows at its operating threshold), and for each folder the points of AP50 lost, with one
standard error of that (paired bootstrap over pictures).
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
import onnx_graphsurgeon as gs

from exporter import onnx_file
from exporter.imports.plan import ImportPlan, plan
from exporter.imports.trace import trace
from exporter.imports.wishes import Wishes
from exporter.quantize import activations, best_ranges, bias_correction, placement, qdq
from exporter.quantize.noise import decibels
from exporter.quantize.reference import Reference
from exporter.surgery import equalise_channels
from train2edge.calibration import pictures as calibration
from train2edge.calibration import ranges
from train2edge.datasets.labelled import labelled
from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.evaluation.predictor import open_predictor
from train2edge.evaluation.run import detect_samples
from train2edge.metrics.detection import score
from train2edge.metrics.resampling import ap50_by_draw, difference
from train2edge.spec.export import Calibration

PROOF, NOISE = 4, 4  # pictures, as in an import
Samples = tuple[Sample, ...]


@dataclass(frozen=True)
class Way:
    method: str
    corrected: bool = True
    uneven: float = equalise_channels.UNEVEN

    def __str__(self) -> str:
        biases = "corrected" if self.corrected else "left alone"
        return f"{self.method:10} biases {biases:10} evened from {self.uneven:g}"


METHODS = ("auto", "percentile", "mse", "entropy", "max")
WAYS = (
    *(Way(one) for one in METHODS),
    *(Way(one, corrected=False) for one in ("auto", "mse")),
    *(Way("mse", uneven=one) for one in (2.0, 8.0, math.inf)),
)


@dataclass(frozen=True)
class Half:
    """One half's float graph and what it takes to quantise it in any way."""

    plan: ImportPlan
    calibrating: Samples
    uneven: float

    def ways(self, wanted: Sequence[Way]) -> Iterator[tuple[Way | None, onnx.ModelProto, float]]:
        """FP32 first (no way), then each way, with the noise at the outputs."""
        equalise_channels.UNEVEN = self.uneven
        frame = self.plan.contract.input
        inputs = list(calibration.tensors(self.calibrating, frame))
        model = trace(self.plan, np.stack(inputs[:PROOF]), self.calibrating).model
        tensors = placement.plan(gs.import_onnx(model)).tensors
        histograms = activations.collect(model, tensors, inputs)
        reference = Reference.of(model, inputs[:NOISE])
        yield None, model, 0.0
        for way in wanted:
            settings = Calibration(method=way.method)
            choose = best_ranges.thresholds if way.method == "auto" else None
            found = (
                choose(histograms, settings, reference)
                if choose
                else ranges.thresholds(histograms, settings)
            )
            graph, _ = qdq.quantize(model, found)
            if way.corrected:
                shift = bias_correction.shifts(model, found, inputs[:16])
                graph = bias_correction.corrected(graph, shift)
            yield way, graph, reference.noise_of(graph)


@dataclass(frozen=True)
class Found:
    """What one way found in the pictures of each folder, over both halves."""

    samples: dict[int, list[Sample]]
    frames: dict[int, list[FrameDetections]]
    noise: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--pictures", type=int, default=26, help="of each folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        decided = plan(arguments.file, Path(folder) / "b", arguments.recipe, Wishes(check=False))
        classes = decided.contract.output.classes
        folders = [some(one, classes, arguments.pictures) for one in arguments.data]
        found: dict[Way | None, Found] = defaultdict(lambda: Found({}, {}, []))
        for turn in (0, 1):
            half(decided, folders, turn, found, Path(folder) / "model.onnx")
    show(found, arguments.data, decided)


def some(folder: Path, classes: Sequence[str], count: int) -> Samples:
    """``count`` pictures, evenly over the folder."""
    every = labelled(folder, classes).samples
    places = np.linspace(0, len(every) - 1, min(count, len(every))).round().astype(int)
    return tuple(every[one] for one in places)


def half(
    decided: ImportPlan,
    folders: Sequence[Samples],
    turn: int,
    found: dict[Way | None, Found],
    file: Path,
) -> None:
    calibrating = tuple(one for folder in folders for one in folder[turn::2])
    seen = False
    for uneven in dict.fromkeys(one.uneven for one in WAYS):
        wanted = [one for one in WAYS if one.uneven == uneven]
        for way, model, noise in Half(decided, calibrating, uneven).ways(wanted):
            if way is None and seen:
                continue
            seen = True
            onnx_file.write(model, file, decided.contract)
            predictor = open_predictor(file, "exact").predictor
            found[way].noise.append(noise)
            for number, folder in enumerate(folders):
                scored = folder[1 - turn :: 2]
                found[way].samples.setdefault(number, []).extend(scored)
                frames = detect_samples(predictor, scored, title=str(way))
                found[way].frames.setdefault(number, []).extend(frames)


def show(found: dict[Way | None, Found], folders: Sequence[Path], decided: ImportPlan) -> None:
    classes = decided.contract.output.classes
    exact = found.pop(None)
    names = ", ".join(f"{one.parent.name}/{one.name}" for one in folders)
    print(f"{decided.export.name}: dB, agreement, points of AP50 lost in {names}")
    for way, one in found.items():
        cells = []
        for number in range(len(folders)):
            samples, before, after = one.samples[number], exact.frames[number], one.frames[number]
            first, second = (ap50_by_draw(samples, one, len(classes)) for one in (before, after))
            aps = [ap50(samples, frames, classes) for frames in (before, after)]
            lost = difference(first, second, 100 * (aps[0] - aps[1]))
            cells.append(f"{100 * aps[0]:5.1f} {-lost.points:+5.1f} ±{lost.error:3.1f}")
        agreed = agreement(one, exact, decided)
        noise = decibels(float(np.mean(one.noise)))
        print(f"{way!s:46} {noise:5.1f} {100 * agreed:5.1f}  {'  '.join(cells)}", flush=True)


def ap50(
    samples: Sequence[Sample], frames: Sequence[FrameDetections], classes: Sequence[str]
) -> float:
    pairs = zip(samples, frames, strict=True)
    return score(pairs, classes, average_precision="coco").ap50


def agreement(one: Found, exact: Found, decided: ImportPlan) -> float:
    """AP50 against what FP32 shows at its operating threshold, as if that were the truth."""
    shown = decided.contract.output.thresholds[0].operating
    samples, frames = [], []
    for number, truths in exact.frames.items():
        for sample, truth in zip(one.samples[number], truths, strict=True):
            clear = truth.scores >= shown
            ids = truth.class_ids[clear]
            boxes = truth.boxes[clear]
            samples.append(
                replace(sample, boxes=boxes, class_ids=ids, ignore=np.zeros(len(ids), bool))
            )
        frames += one.frames[number]
    return ap50(samples, frames, decided.contract.output.classes)


if __name__ == "__main__":
    main()
