"""INT8 of one foreign detector by three tools, on the same file and the same pictures.

    python benchmarks/foreign_int8.py FILE.onnx --recipe NAME --calibrate PICTURES --data LABELLED
        [--class person] [--method mse] [--modelopt PYTHON] [--cache FOLDER]

Ours is what ``t2e models import`` writes; ONNX Runtime's is ``quantize_static`` and modelopt's is
``python -m modelopt.onnx.quantization``, both as they are called with nothing but the file and the
pictures. The others quantise the file as it came; their outputs are decoded in NumPy by the head's
own rules. All are executed exactly as written (Q/DQ in float) and scored with the same clustering.

modelopt pins its own onnx, so it has a Python of its own, named by ``--modelopt``:

    python -m venv CACHE/modelopt && CACHE/modelopt/bin/pip install nvidia-modelopt onnxruntime onnx

Without it that row says so. The letterbox row is the FP32 file with the grey that it was trained
with, in place of nvinfer's black.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, quantize_static

from exporter import heads
from exporter.imports import model_file, parity, pictures
from exporter.imports import run as importing
from exporter.imports.plan import ImportPlan, Wishes, plan
from exporter.runs import outputs_of
from train2edge.calibration import pictures as calibration
from train2edge.contract import Contract
from train2edge.datasets.picture import read_picture
from train2edge.datasets.sample import Sample
from train2edge.evaluation.run import Raw, decode, detect_samples
from train2edge.metrics.detection import DetectionScores, score
from train2edge.nvinfer.preprocess import prepare
from train2edge.runtime import open_model

Floats = NDArray[np.float32]


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
    calibrating = pictures.in_folder(arguments.calibrate)
    cache = Path(arguments.cache or tempfile.mkdtemp())
    out = cache / f"{arguments.file.stem}.bundle"
    wishes = Wishes(check=False, pictures=len(calibrating), method=arguments.method)
    decided = plan(arguments.file, out, arguments.recipe, wishes)
    scored = pictures.labelled(arguments.data, decided.contract.output.classes).samples
    original = model_file.sized(model_file.read(arguments.file), decided.contract)
    table = Table(scored, decided.contract, arguments.label)
    print(f"{arguments.file.name}: {len(calibrating)} pictures calibrate, {len(scored)} score")
    table.row("original, FP32", Foreign(original, decided))
    if decided.padding:
        table.add("original, FP32, trained padding", grey(Foreign(original, decided), scored))
    started = time.perf_counter()
    importing.run(decided, calibrating, None)
    seconds = time.perf_counter() - started
    table.row("ours, FP32 bundle", ours(out / "model_fp32.onnx", decided))
    table.row("ours, INT8 bundle", ours(out / "model.onnx", decided), seconds)
    others(table, original, decided, calibrating, cache, arguments.modelopt)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--calibrate", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--class", dest="label", default="person")
    parser.add_argument("--method", default="mse", help="of our ranges")
    parser.add_argument("--modelopt", type=Path, help="a Python that has modelopt")
    parser.add_argument("--cache", type=Path, help="where files go; default: a new folder in /tmp")
    return parser.parse_args()


@dataclass(frozen=True)
class Table:
    """Scores ``samples`` and prints a line for each model."""

    samples: tuple[Sample, ...]
    contract: Contract
    label: str

    def row(self, title: str, predictor: Any, seconds: float | None = None) -> None:
        found = detect_samples(predictor, self.samples, title=title)
        classes = self.contract.output.classes
        pairs = zip(self.samples, found, strict=True)
        self.add(title, score(pairs, classes, average_precision="coco"), seconds)

    def add(self, title: str, scores: DetectionScores, seconds: float | None = None) -> None:
        mine = next(one for one in scores.classes if one.name == self.label)
        took = "" if seconds is None else f"  made in {seconds:.0f} s"
        print(
            f"{title:32} AP50 {self.label} {mine.ap50 or 0:.3f}, all {scores.ap50:.3f}{took}",
            flush=True,
        )


def grey(foreign: Foreign, samples: tuple[Sample, ...]) -> DetectionScores:
    """The score with letterboxes of the grey that the model was trained with."""
    contract, pairs = foreign.contract, []
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
        pairs.append((sample, decode(raw, contract)))
    return score(pairs, contract.output.classes, average_precision="coco")


@dataclass(frozen=True)
class Ours:
    """A file of the bundle, executed exactly as written."""

    model: Any
    contract: Contract

    def __call__(self, batch: Floats) -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = self.model(batch)
        return found


def ours(path: Path, decided: ImportPlan) -> Ours:
    return Ours(open_model(path, engine="exact"), decided.contract)


def others(
    table: Table,
    original: onnx.ModelProto,
    decided: ImportPlan,
    calibrating: tuple[Sample, ...],
    cache: Path,
    python: Path | None,
) -> None:
    source = cache / "original.onnx"
    onnx.save(original, str(source))
    factors = np.reshape(np.asarray(decided.factors, np.float32), (-1, 1, 1))
    frame = decided.contract.input
    data = [one * factors for one in calibration.tensors(calibrating, frame)]
    name = original.graph.input[0].name
    started = time.perf_counter()
    target = cache / "onnxruntime.onnx"
    quantize_static(str(source), str(target), Reader(name, iter(data)))
    seconds = time.perf_counter() - started
    table.row("ONNX Runtime, INT8", Foreign(onnx.load(str(target)), decided), seconds)
    target = cache / "modelopt.onnx"
    if python is None:
        print("modelopt, INT8: not installed (--modelopt PYTHON)")
        return
    started = time.perf_counter()
    modelopt(python, source, target, np.stack(data), cache)
    seconds = time.perf_counter() - started
    table.row("modelopt, INT8", Foreign(onnx.load(str(target)), decided), seconds)


def modelopt(python: Path, source: Path, target: Path, data: Floats, cache: Path) -> None:
    """modelopt's own command line with its defaults, on the CPU."""
    file = cache / "calibration.npy"
    np.save(file, data)
    command = [str(python), "-m", "modelopt.onnx.quantization", f"--onnx_path={source}"]
    command += [f"--output_path={target}", f"--calibration_data_path={file}"]
    command += ["--quantize_mode=int8", "--calibration_eps", "cpu"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"modelopt failed: {done.stderr.strip().splitlines()[-1]}")


if __name__ == "__main__":
    main()
