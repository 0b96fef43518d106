"""A pruned network against the whole one in OpenVINO on this CPU, taking turns.

    python benchmarks/pruning.py BEFORE AFTER [--rounds 40] [--threads 1] [--engine openvino]

BEFORE and AFTER are ONNX files or bundles (of a bundle the FP32 file is taken). Prints median and
quartile milliseconds at batch 1 and the ratio. Both stand in one process and take turns picture by
picture, so that what else the machine does hits both.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train2edge.bundle import ModelBundle
from train2edge.errors import InputError
from train2edge.runtime import Model, open_model

WARM_UP = 3


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--engine", choices=["openvino", "onnxruntime"], default="openvino")
    given = parser.parse_args(arguments)
    models = [
        open_model(onnx_file(path), engine=given.engine, threads=given.threads)
        for path in (given.before, given.after)
    ]
    times = take_turns(models, [picture(model) for model in models], given.rounds)
    base = statistics.median(times[0])
    print(f"{given.engine}, {given.threads} thread(s), {given.rounds} rounds, batch 1")
    for model, path, seconds in zip(models, (given.before, given.after), times, strict=True):
        low, middle, high = (1e3 * one for one in statistics.quantiles(seconds, n=4))
        size = "x".join(str(one) for one in model.inputs[0].shape[2:])
        ratio = base / statistics.median(seconds)
        print(f"{path}  {size}  {middle:.2f} ms  ({low:.2f} .. {high:.2f})  {ratio:.2f}x")


def onnx_file(path: Path) -> Path:
    """The file itself, or a bundle's FP32 model (its only one where nothing was quantised)."""
    if not path.is_dir():
        return path
    bundle = ModelBundle.open(path)
    return bundle.file("model_fp32" if bundle.has("model_fp32") else "model")


def picture(model: Model) -> NDArray[np.float32]:
    """Noise in the shape of the model's input, batch 1."""
    shape = [1, *model.inputs[0].shape[1:]]
    if None in shape:
        raise InputError(f"the input's size is not fixed: {shape}", where=str(model.path))
    size = [side for side in shape if side is not None]
    return np.random.default_rng(0).random(size, dtype=np.float32)


def take_turns(
    models: Sequence[Model], pictures: Sequence[NDArray[np.float32]], rounds: int
) -> list[list[float]]:
    """Seconds of every round by model; the first rounds compile and are left out."""
    times: list[list[float]] = [[] for _ in models]
    for turn in range(WARM_UP + rounds):
        for model, noise, noted in zip(models, pictures, times, strict=True):
            start = time.perf_counter()
            model(noise)
            if turn >= WARM_UP:
                noted.append(time.perf_counter() - start)
    return times


if __name__ == "__main__":
    main()
