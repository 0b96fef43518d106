"""INT8 calibration of a DetectNet_v2 on ResNet18, 544x960, by three tools: seconds and memory.

    python benchmarks/calibration.py [--pictures 64] [--images FOLDER] [--cpus 0,1]
        [--modelopt PYTHON]

The network is made on the spot, its weights drawn from a seed; the pictures are those of FOLDER, or
noise. All choose by entropy from the same arrays on disk, each in a process of its own, one after
the other: told are the seconds, those of the processor, and the largest resident size of the whole
process, imports included, as the kernel counts them. Seven minutes on two cores without other work;
where there is other work, compare the processor's seconds, or wait.

- ours: every tensor that a calibration cache names, 2048 bins of ``|x|`` or some more, as TensorRT;
- the network alone: the same pictures through ONNX Runtime with all its optimisation, nothing
  counted: what no tool can fall below that multiplies as often as the network says;
- ONNX Runtime: ``CalibrationMethod.Entropy`` as ``quantize_static`` sets it up, one picture a call
  of ``collect_data``, since it holds all activations of a call at once. Its default are 128 bins of
  ``x``, of which it keeps 128: there is next to nothing to choose from;
- ONNX Runtime, 2048 bins: the same with ``num_bins`` 4096, which are 2048 of ``|x|``: the search
  that ours does;
- modelopt: ``python -m modelopt.onnx.quantization``, which also writes the Q/DQ file; 128 bins, and
  no option for more. It pins its own onnx, so it has a Python of its own (``pip install
  nvidia-modelopt onnx==1.21.0 onnxruntime onnx-graphsurgeon onnxconverter-common onnxsim onnxslim
  onnxscript lief``); without ``--modelopt`` its row says so.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 960, 544
MODEL, PICTURES = "model.onnx", "pictures.npy"


@dataclass(frozen=True)
class Cost:
    """Of one process: ``seconds`` of wall clock, ``busy`` of the processor, ``peak`` bytes."""

    seconds: float
    busy: float
    peak: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--images", type=Path)
    parser.add_argument("--cpus", help="pin every tool to these cores, e.g. 0,1")
    parser.add_argument("--modelopt", type=Path, metavar="PYTHON")
    parser.add_argument("--child", choices=sorted(CHILDREN), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cpus:
        os.sched_setaffinity(0, {int(one) for one in options.cpus.split(",")})
    if options.child:
        CHILDREN[options.child](options.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        compare(Path(name), options)


def compare(folder: Path, options: argparse.Namespace) -> None:
    prepare = [sys.executable, __file__, "--child", "make", "--folder", str(folder)]
    subprocess.run(prepare, check=True)
    write_pictures(folder / PICTURES, options.pictures, options.images)
    print(f"{'':24} {'seconds':>8} {'busy':>8} {'GB':>6}  times ours")
    ours = measure([sys.executable, __file__, "--child", "ours", "--folder", str(folder)])
    tell("ours", ours, ours)
    for name in ("the network alone", "ONNX Runtime", "ONNX Runtime, 2048 bins"):
        tell(
            name,
            measure([sys.executable, __file__, "--child", name, "--folder", str(folder)]),
            ours,
        )
    if options.modelopt is None:
        print("modelopt   not measured: --modelopt PYTHON of an environment that has it")
        return
    tell("modelopt", measure(modelopt(options.modelopt, folder)), ours)


def modelopt(python: Path, folder: Path) -> list[str]:
    return [
        *(str(python), "-m", "modelopt.onnx.quantization"),
        *("--onnx_path", str(folder / MODEL), "--output_path", str(folder / "modelopt.onnx")),
        *("--calibration_data_path", str(folder / PICTURES)),
        *("--quantize_mode", "int8", "--calibration_method", "entropy"),
        *("--calibration_eps", "cpu"),
    ]


def measure(command: Sequence[str]) -> Cost:
    """Run ``command`` silently; its own peak, not that of others that ran before."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)}:\n{said.read().decode()[-2000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def tell(name: str, cost: Cost, ours: Cost) -> None:
    ratio = cost.seconds / ours.seconds
    print(
        f"{name:24} {cost.seconds:8.1f} {cost.busy:8.1f} {cost.peak / 1e9:6.2f}  {ratio:6.2f}",
        flush=True,
    )


def write_pictures(path: Path, count: int, images: Path | None) -> None:
    """Float32 ``[N, 3, H, W]`` as the network takes them, written one by one."""
    shape = (count, 3, HEIGHT, WIDTH)
    stored = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    for number, picture in enumerate(pictures(count, images)):
        stored[number] = picture
    stored.flush()


def pictures(count: int, images: Path | None) -> Iterator[NDArray[np.float32]]:
    from train2edge.contract import InputContract
    from train2edge.datasets.picture import read_picture
    from train2edge.nvinfer.preprocess import prepare

    if images is None:
        for seed in range(count):
            noise = np.random.default_rng(seed).random((3, HEIGHT, WIDTH), np.float32)
            yield noise - np.float32(0.5)
        return
    found = sorted(one for one in images.iterdir() if one.suffix in (".jpg", ".png"))
    if len(found) < count:
        raise SystemExit(f"{images} has {len(found)} pictures, {count} are asked for")
    frame = InputContract(WIDTH, HEIGHT, offsets=(123.675, 116.28, 103.53))
    for one in found[:count]:
        yield prepare(read_picture(one), frame)[0]


def read_pictures(path: Path) -> Iterator[NDArray[np.float32]]:
    """One by one; the file is mapped anew for each, or its pages would count as resident."""
    for number in range(len(np.load(path, mmap_mode="r"))):
        yield np.array(np.load(path, mmap_mode="r")[number])


def make(folder: Path) -> None:
    """The network, as an export leaves it before it is quantised."""
    import onnx
    import torch

    from exporter import from_torch
    from exporter.surgery import run as surgery
    from train2edge.spec.model import Model, NetworkInput
    from trainer import checkpoint

    torch.manual_seed(0)
    spec = Model(backbone="resnet18", input=NetworkInput(width=WIDTH, height=HEIGHT))
    classes = ("car", "person", "bicycle")
    network = checkpoint.build(checkpoint.initial_architecture(spec, classes)).eval()
    contract = checkpoint.initial_contract(spec, classes)
    raw = from_torch.to_onnx(network, contract, 17)
    example = np.random.default_rng(0).random((1, 3, HEIGHT, WIDTH), np.float32) - np.float32(0.5)
    model, _ = surgery.run(raw, contract, example)
    onnx.save(model, folder / MODEL)


def ours(folder: Path) -> None:
    import onnx
    import onnx_graphsurgeon as gs

    from exporter.quantize import activations, placement
    from train2edge.calibration import ranges
    from train2edge.spec.export import Calibration

    model = onnx.load(folder / MODEL)
    tensors = placement.ranged(gs.import_onnx(model))
    histograms = activations.collect(model, tensors, read_pictures(folder / PICTURES))
    ranges.thresholds(histograms, Calibration(method="entropy"))


def alone(folder: Path) -> None:
    import onnx

    from exporter.runs import session

    running = session(onnx.load(folder / MODEL), optimise=True)
    for picture in read_pictures(folder / PICTURES):
        running.run(None, {"input_1": picture[None]})


def onnxruntime(folder: Path, **options: int) -> None:
    from onnxruntime.quantization import CalibrationMethod
    from onnxruntime.quantization.calibrate import CalibrationDataReader, create_calibrator

    class One(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self, picture: NDArray[np.float32]) -> None:
            self.left = [{"input_1": picture[None]}]

        def get_next(self) -> dict[str, NDArray[np.float32]] | None:
            return self.left.pop() if self.left else None

    calibrator = create_calibrator(
        folder / MODEL,
        augmented_model_path=str(folder / "augmented.onnx"),
        calibrate_method=CalibrationMethod.Entropy,
        extra_options=options,
    )
    for picture in read_pictures(folder / PICTURES):
        calibrator.collect_data(One(picture))
    calibrator.compute_data()


CHILDREN: dict[str, Callable[[Path], None]] = {
    "make": make,
    "ours": ours,
    "the network alone": alone,
    "ONNX Runtime": onnxruntime,
    "ONNX Runtime, 2048 bins": partial(onnxruntime, num_bins=4096),
}


if __name__ == "__main__":
    main()
