"""INT8 of one foreign detector by three tools, on the same file and the same pictures.

    python benchmarks/foreign_int8.py FILE.onnx --recipe NAME --train LABELLED --data LABELLED
        [--train LABELLED --data LABELLED] [--class person] [--pictures 26] [--modelopt PYTHON]
        [--cache FOLDER] [--tools ours,every_layer,onnxruntime,modelopt]

``--train`` pictures (``--pictures`` of each folder) give all three tools their ranges, and ours its
gate: which layers stay in float is decided on their labels. ``--data`` is scored, and nothing is
chosen on it: a column each, of one class where ``--class`` names one (the first column), else the
mean of the labelled ones. A loss stands with one standard error (paired bootstrap over pictures).

Ours is what ``t2e models import`` writes; ONNX Runtime's is ``quantize_static`` and modelopt's is
``python -m modelopt.onnx.quantization``, both as they are called with nothing but the file and the
pictures. The others quantise the file as it came; their outputs are decoded in NumPy by the head's
own rules. All are executed exactly as written (Q/DQ in float) and scored with the same clustering.

modelopt pins its own onnx, so it has a Python of its own, named by ``--modelopt``:

    python -m venv CACHE/modelopt
    CACHE/modelopt/bin/pip install "nvidia-modelopt[onnx]" onnxruntime

What lies in ``--cache`` already is taken as it is. The letterbox row is the FP32 file with the grey
that it was trained with, in place of nvinfer's black.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, quantize_static

from exporter import heads, pack
from exporter.imports import model_file, parity
from exporter.imports import run as importing
from exporter.imports.plan import ImportPlan, plan
from exporter.imports.run import Prepared
from exporter.imports.wishes import Wishes
from exporter.runs import outputs_of
from train2edge.calibration import pictures as calibration
from train2edge.contract import Contract
from train2edge.datasets.labelled import labelled
from train2edge.datasets.picture import read_picture
from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.evaluation.run import Raw, decode, detect_samples
from train2edge.metrics.detection import score
from train2edge.metrics.resampling import ap50_by_draw, difference
from train2edge.nvinfer.preprocess import prepare
from train2edge.runtime import open_model

Floats = NDArray[np.float32]
Floats64 = NDArray[np.float64]


@dataclass(frozen=True)
class Foreign:
    """A file with its own outputs as a predictor of our contract: decoded in NumPy."""

    model: onnx.ModelProto
    plan: ImportPlan

    @property
    def contract(self) -> Contract:
        return self.plan.contract

    def __call__(self, batch: Floats) -> dict[str, NDArray[Any]]:
        factors = np.reshape(np.asarray(self.plan.factors, np.float32), (1, -1, 1, 1))
        head = heads.load(self.plan.head)
        outputs = [one.astype(np.float32) for one in outputs_of(self.model, batch * factors)]
        raw = head.reference(outputs, self.plan.head_plan)
        rows = parity.select(raw, self.plan.lists)
        frame = self.contract.input
        size = np.asarray([frame.height, frame.width] * 2, np.float32)
        return {
            "num_detections": np.asarray([[len(one[1])] for one in rows], np.float32),
            "detection_boxes": np.stack([one[0][:, [1, 0, 3, 2]] / size for one in rows]),
            "detection_scores": np.stack([one[1] for one in rows]),
            "detection_classes": np.stack([one[2] for one in rows]),
        }


class Reader(CalibrationDataReader):  # type: ignore[misc]
    """The calibration pictures as ONNX Runtime wants them."""

    def __init__(self, name: str, batches: Iterator[Floats]) -> None:
        self.name, self.batches = name, batches

    def get_next(self) -> dict[str, Floats] | None:
        batch = next(self.batches, None)
        return None if batch is None else {self.name: batch[None]}


def main() -> None:
    arguments = _arguments()
    decided = plan(arguments.file, Path("none"), arguments.recipe, Wishes(check=False))
    classes = decided.contract.output.classes
    training = [some(one, classes, arguments.pictures) for one in arguments.train]
    calibrating = tuple(one for samples in training for one in samples)
    folders = [labelled(one, classes).samples for one in arguments.data]
    original = model_file.sized(model_file.read(arguments.file), decided.contract)
    exact = Foreign(original, decided)
    columns = [Column(one, decided.contract, None) for one in folders]
    columns[0] = Column(folders[0], decided.contract, arguments.label)
    table = Table([(one, one.found(exact)) for one in columns])
    scored = ", ".join(
        f"{len(one)} of {path}" for one, path in zip(folders, arguments.data, strict=True)
    )
    print(f"{arguments.file.name}: {len(calibrating)} pictures calibrate; scored on {scored}")
    table.row("original, FP32", exact)
    if decided.padding:
        table.print("original, FP32, trained padding", [one.grey(exact) for one in columns])
    tools = Tools(arguments, decided, original, calibrating)
    for name in arguments.tools.split(","):
        for title, path, seconds in getattr(tools, name)():
            predictor = Ours(open_model(path, engine="exact"), decided.contract)
            foreign = name in ("onnxruntime", "modelopt")
            table.row(title, Foreign(onnx.load(path), decided) if foreign else predictor, seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--train", type=Path, action="append", required=True)
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--pictures", type=int, default=26, help="of each folder of --train")
    parser.add_argument("--class", dest="label", help="of the first column; default: all")
    parser.add_argument("--tools", default="ours,every_layer,onnxruntime,modelopt")
    parser.add_argument("--modelopt", type=Path, help="a Python that has modelopt")
    parser.add_argument("--cache", type=Path, help="where files go; default: a new folder in /tmp")
    return parser.parse_args()


def some(folder: Path, classes: Sequence[str], count: int) -> tuple[Sample, ...]:
    """``count`` pictures, evenly over the folder."""
    every = labelled(folder, classes).samples
    places = np.linspace(0, len(every) - 1, min(count, len(every))).round().astype(int)
    return tuple(every[one] for one in places)


@dataclass(frozen=True)
class Column:
    """Labelled pictures, scored on the class ``label`` or on all."""

    samples: tuple[Sample, ...]
    contract: Contract
    label: str | None

    def found(self, predictor: Any) -> list[FrameDetections]:
        return detect_samples(predictor, self.samples)

    def score(self, frames: Sequence[FrameDetections]) -> tuple[float, Floats64]:
        """AP50 in points, and that of every draw of pictures."""
        classes = self.contract.output.classes
        samples: Sequence[Sample] = self.samples
        if self.label is not None:
            one = classes.index(self.label)
            samples = [_only(sample, one) for sample in samples]
            frames = [_only_found(frame, one) for frame in frames]
            classes = (self.label,)
        pairs = zip(samples, frames, strict=True)
        mean = score(pairs, classes, average_precision="coco").ap50
        return 100 * mean, ap50_by_draw(samples, frames, len(classes))

    def grey(self, foreign: Foreign) -> list[FrameDetections]:
        """With letterboxes of the grey that the model was trained with."""
        return grey(foreign, self.samples)


def _only(sample: Sample, label: int) -> Sample:
    mine = sample.class_ids == label
    ids = np.zeros(int(mine.sum()), np.int32)
    return replace(sample, boxes=sample.boxes[mine], class_ids=ids, ignore=sample.ignore[mine])


def _only_found(frame: FrameDetections, label: int) -> FrameDetections:
    mine = frame.class_ids == label
    ids = np.zeros(int(mine.sum()), np.int32)
    return FrameDetections(frame.name, frame.boxes[mine], frame.scores[mine], ids)


@dataclass(frozen=True)
class Table:
    """The columns with what FP32 found in each; prints a line for each model."""

    columns: list[tuple[Column, list[FrameDetections]]]

    def row(self, title: str, predictor: Any, seconds: float | None = None) -> None:
        self.print(title, [column.found(predictor) for column, _ in self.columns], seconds)

    def print(
        self, title: str, found: Sequence[list[FrameDetections]], seconds: float | None = None
    ) -> None:
        cells = []
        for (column, exact), frames in zip(self.columns, found, strict=True):
            (before, many), (after, others) = column.score(exact), column.score(frames)
            lost = difference(many, others, before - after)
            label = column.label or "all"
            cells.append(f"{label:7} {after:5.1f} {-lost.points:+5.1f} ±{lost.error:3.1f}")
        took = "" if seconds is None else f"  made in {seconds:.0f} s"
        print(f"{title:40} {'   '.join(cells)}{took}", flush=True)


def grey(foreign: Foreign, samples: Sequence[Sample]) -> list[FrameDetections]:
    contract, found = foreign.contract, []
    for sample in samples:
        tensor, geometry = prepare(read_picture(sample.image), contract.input)
        inside = np.zeros(tensor.shape[1:], bool)
        left, top, width, height = (
            int(getattr(geometry.dst, side)) for side in ("left", "top", "width", "height")
        )
        inside[top : top + height, left : left + width] = True
        offsets = np.asarray(contract.input.offsets, np.float32).reshape(-1, 1, 1)
        fill = (foreign.plan.padding - offsets) * np.float32(contract.input.scale)
        outputs = foreign(np.where(inside, tensor, fill)[None].astype(np.float32))
        raw = Raw(sample, {name: one[0] for name, one in outputs.items()}, geometry)
        found.append(decode(raw, contract))
    return found


@dataclass(frozen=True)
class Ours:
    """A file of the bundle, executed exactly as written."""

    model: Any
    contract: Contract

    def __call__(self, batch: Floats) -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = self.model(batch)
        return found


Made = Iterator[tuple[str, Path, float | None]]  # title, file, seconds if it was made now


class Tools:
    """The INT8 files, made where the cache has none."""

    def __init__(
        self,
        arguments: argparse.Namespace,
        decided: ImportPlan,
        original: onnx.ModelProto,
        calibrating: tuple[Sample, ...],
    ) -> None:
        self.arguments, self.decided, self.original = arguments, decided, original
        self.calibrating = calibrating
        self.cache = Path(arguments.cache or tempfile.mkdtemp())
        self.cache.mkdir(parents=True, exist_ok=True)

    def ours(self) -> Made:
        return self.imported("as imported", gated=True)

    def every_layer(self) -> Made:
        return self.imported("every layer", gated=False)

    def imported(self, name: str, *, gated: bool) -> Made:
        out = self.cache / f"{self.arguments.file.stem}.{name.replace(' ', '-')}"
        seconds = None
        if not out.exists():
            prepared = self.prepared(out, gated)
            seconds = timed(lambda: print("\n".join(importing.run(prepared).lines())))
        kept = json.loads((out / pack.REPORT).read_text())["quantization"]["mixed"]["keep"]
        yield f"ours, INT8, {name} ({len(kept)} in float)", out / pack.MODEL, seconds

    def prepared(self, out: Path, gated: bool) -> Prepared:
        wishes = Wishes(check=False, pictures=len(self.calibrating), min_sqnr=None if gated else 0)
        made = plan(self.arguments.file, out, self.arguments.recipe, wishes)
        any_of_them = labelled(self.arguments.train[0], made.contract.output.classes)
        scored = replace(any_of_them, samples=self.calibrating) if gated else None
        return Prepared(made, self.calibrating, scored)

    def onnxruntime(self) -> Made:
        target = self.cache / f"{self.arguments.file.stem}.onnxruntime.onnx"
        seconds = None
        if not target.exists():
            name = self.original.graph.input[0].name
            reader = Reader(name, iter(self.inputs()))
            seconds = timed(lambda: quantize_static(str(self.source()), str(target), reader))
        yield "ONNX Runtime, INT8", target, seconds

    def modelopt(self) -> Made:
        target = self.cache / f"{self.arguments.file.stem}.modelopt.onnx"
        seconds, python = None, self.arguments.modelopt
        if not target.exists():
            if python is None:
                print("modelopt, INT8: not installed (--modelopt PYTHON)")
                return
            data = np.stack(self.inputs())
            seconds = timed(lambda: modelopt(python, self.source(), target, data, self.cache))
        yield "modelopt, INT8", target, seconds

    def source(self) -> Path:
        path = self.cache / f"{self.arguments.file.stem}.original.onnx"
        onnx.save(self.original, str(path))
        return path

    def inputs(self) -> list[Floats]:
        factors = np.reshape(np.asarray(self.decided.factors, np.float32), (-1, 1, 1))
        frame = self.decided.contract.input
        return [one * factors for one in calibration.tensors(self.calibrating, frame)]


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def modelopt(python: Path, source: Path, target: Path, data: Floats, cache: Path) -> None:
    """modelopt's own command line with its defaults, on the CPU."""
    file = cache / f"{source.stem}.npy"
    np.save(file, data)
    command = [str(python), "-m", "modelopt.onnx.quantization", f"--onnx_path={source}"]
    command += [f"--output_path={target}", f"--calibration_data_path={file}"]
    command += ["--quantize_mode=int8", "--calibration_eps", "cpu"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"modelopt failed: {done.stderr.strip()[-400:]}")


if __name__ == "__main__":
    main()
