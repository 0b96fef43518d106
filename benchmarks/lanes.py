"""What each lane's network scores on the same labelled pictures, from one INT8 bundle.

    python benchmarks/lanes.py BUNDLE --data FOLDER [--looks 4]

The Q/DQ file as it is written; what a device makes of a float file and the calibration cache, by
simulation (Q/DQ pairs of the cache's ranges, where it has lines; once with the float file that goes
with the cache, whose biases are corrected, once with the FP32 file); and both INT8 files as this
CPU's kernels compute them in OpenVINO. With ``--looks`` each picture is looked at so often, all
but the first a few pixels aside: points lost are of all looks, with their standard error. A minute
a hundred pictures and look; scores alone, so other work beside it does not matter.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import onnx
import onnx_graphsurgeon as gs

from exporter import accuracy, onnx_file
from exporter.quantize import cache, placement, qdq
from exporter.quantize.noise import decibels
from exporter.quantize.reference import Reference
from train2edge.bundle import ModelBundle
from train2edge.calibration import pictures as calibration
from train2edge.calibration.ranges import LEVELS
from train2edge.datasets.labelled import labelled
from train2edge.evaluation.predictor import Engine
from train2edge.spec.evaluation import Evaluation

NOISE_PICTURES = 8


@dataclass(frozen=True)
class Lane:
    """A network, and what runs it."""

    name: str
    model: onnx.ModelProto
    engine: Engine = "exact"


def main() -> None:
    arguments = _arguments()
    bundle = ModelBundle.open(arguments.bundle)
    samples = labelled(arguments.data, bundle.labels).samples
    few = list(calibration.tensors(samples[:NOISE_PICTURES], bundle.contract.input))
    reference = Reference.of(onnx_file.read(bundle.file("model_fp32")), few)
    print(f"{len(samples)} pictures, looks {arguments.looks:<22} score    points lost     dB")
    first = None
    for lane in lanes(bundle):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            onnx_file.write(lane.model, path, bundle.contract)
            found = accuracy.measure(path, samples, Evaluation(), arguments.looks, lane.engine)
        first = first or found
        lost = first.loss(found)
        noise = f"{decibels(reference.noise_of(lane.model)):5.1f}" if _is_exact(lane) else "    -"
        print(f"{lane.name:40} {found.mean:.4f}  {lost.points:+6.2f} ±{lost.error:.2f}  {noise}")


def _is_exact(lane: Lane) -> bool:
    return lane.engine == "exact"


def lanes(bundle: ModelBundle) -> Iterator[Lane]:
    roles = ("model_fp32", "model", "model_cpu")
    files = {role: onnx_file.read(bundle.file(role)) for role in roles}
    yield Lane("FP32", files["model_fp32"])
    yield Lane("Q/DQ file", files["model"])
    by_cache = onnx_file.read(bundle.file(bundle.cache_role))
    yield Lane(f"cache with {bundle.files[bundle.cache_role]}", by_ranges(bundle, by_cache))
    if bundle.cache_role != "model_fp32":
        yield Lane("cache with the FP32 file", by_ranges(bundle, files["model_fp32"]))
    yield Lane("7-bit copy", files["model_cpu"])
    yield Lane("Q/DQ file in OpenVINO", files["model"], "openvino")
    yield Lane("7-bit copy in OpenVINO", files["model_cpu"], "openvino")


def by_ranges(bundle: ModelBundle, model: onnx.ModelProto) -> onnx.ModelProto:
    """What TensorRT makes of ``model`` and the bundle's cache: INT8 where all that is read has a
    range."""
    scales = cache.read(bundle.file("calibration_cache")).scales
    edges = placement.plan(gs.import_onnx(model)).edges
    keep = {one.node for one in edges if one.tensor not in scales}
    thresholds = {name: LEVELS * scale for name, scale in scales.items()}
    return qdq.quantize(model, thresholds, keep=keep)[0]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--looks", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
