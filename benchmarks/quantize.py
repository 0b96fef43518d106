"""INT8 against FP32 in OpenVINO on this CPU, from one bundle, taking turns.

    python benchmarks/quantize.py BUNDLE [--rounds 40] [--threads 1]

Prints the CPU's int8 instructions, one line a file (median and quartile milliseconds at batch 1),
and the ratio. The two files take turns picture by picture, so that what else the machine does
hits both.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import numpy as np

from train2edge.bundle import ModelBundle
from train2edge.runtime import Model, open_model

WARM_UP = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    bundle = ModelBundle.open(arguments.bundle)
    roles = [one for one in ("model_fp32", "model_cpu", "model") if bundle.has(one)]
    models = {
        role: open_model(bundle.file(role), engine="openvino", threads=arguments.threads)
        for role in roles
    }
    frame = bundle.contract.input
    shape = (1, frame.channels, frame.height, frame.width)
    times = take_turns(models, np.random.default_rng(0).random(shape), arguments.rounds)
    print(f"int8 instructions: {instructions() or 'none'}; {arguments.threads} thread(s), {shape}")
    base = statistics.median(times["model_fp32"])
    for role, seconds in times.items():
        low, middle, high = (1e3 * one for one in statistics.quantiles(seconds, n=4))
        ratio = base / statistics.median(seconds)
        name = bundle.files[role]
        print(f"{name:16} {middle:7.2f} ms  ({low:.2f} .. {high:.2f})  {ratio:.2f}x")


def take_turns(models: dict[str, Model], noise: np.ndarray, rounds: int) -> dict[str, list[float]]:
    """Seconds of every round by model; the first rounds compile and are left out."""
    batch = noise.astype(np.float32) - 0.5
    times: dict[str, list[float]] = {role: [] for role in models}
    for turn in range(WARM_UP + rounds):
        for role, model in models.items():
            started = time.perf_counter()
            model(batch)
            if turn >= WARM_UP:
                times[role].append(time.perf_counter() - started)
    return times


def instructions() -> str:
    """The int8 instruction sets that Linux reports: with VNNI, sums do not saturate."""
    flags = Path("/proc/cpuinfo").read_text().split()
    known = ("avx2", "avx512bw", "avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
    return " ".join(one for one in known if one in flags)


if __name__ == "__main__":
    main()
