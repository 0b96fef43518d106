"""How much of the bare model's speed a training keeps, measured side by side, interleaved.

    python benchmarks/training.py [SPEC] [--rounds 6] [--steps 4] [--set model.freeze_blocks=[0,1]]

The bare model: forward, loss, backward and update on one batch of tensors in memory. The training:
the loop with its loader (decoded pictures, augmentation, targets), hooks, moving average. Their
turns alternate, so that whatever else the machine does hits both; the figure is the ratio of the
medians. Without SPEC a small set of drawn pictures is used. ``--process`` compares instead the
process settings of ``trainer.process`` with those that a process has by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from trainer import process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("spec", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--set", dest="sets", action="append", default=[])
    parser.add_argument("--process", action="store_true")
    parser.add_argument("--tuned", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.process:
        compare_processes(given.rounds)
    elif given.tuned:
        print(json.dumps(measure(given.spec, given.sets, given.rounds, given.steps)))
    else:
        settings = process.tuned(os.environ)
        command = [sys.executable, __file__, *sys.argv[1:], "--tuned"]
        raise SystemExit(subprocess.run(command, env=settings, check=False).returncode)


def compare_processes(rounds: int) -> None:
    """Pictures a second with and without the process settings, in turns."""
    rates: dict[str, list[float]] = {"as it is": [], "tuned": []}
    command = [sys.executable, __file__, "--tuned", "--rounds", "2", "--steps", "3"]
    for _ in range(rounds):
        for name, environment in (("as it is", None), ("tuned", process.tuned(os.environ))):
            done = subprocess.run(command, env=environment, capture_output=True, check=True)
            rates[name].append(json.loads(done.stdout)["bare_pictures_per_second"])
    print(json.dumps({name: round(statistics.median(one), 2) for name, one in rates.items()}))


def measure(spec: Path | None, sets: list[str], rounds: int, steps: int) -> dict[str, float]:
    """Pictures a second of both, and the training's share of the bare model's."""
    import torch

    from train2edge.spec.experiment import Experiment
    from train2edge.spec.loader import load
    from trainer.distributed import Group

    with tempfile.TemporaryDirectory() as folder:
        if spec is None:
            experiment = Experiment.model_validate(drawn(Path(folder)))
        else:
            experiment = load(spec, sets)
        group = Group(0, 1, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
        bare, training = Bare(experiment, group), Real(experiment, group)
        for side in (bare, training):
            side.steps(2)
        turns = [(bare.steps(steps), training.steps(steps)) for _ in range(rounds)]
    pictures = steps * experiment.training.batch_size
    seconds = [statistics.median(column) for column in zip(*turns, strict=True)]
    return {
        "bare_pictures_per_second": round(pictures / seconds[0], 2),
        "training_pictures_per_second": round(pictures / seconds[1], 2),
        "share": round(statistics.median(one / other for one, other in turns), 3),
    }


class Bare:
    """The model alone, on a batch that stays in memory."""

    def __init__(self, experiment: object, group: object) -> None:
        real = Real(experiment, group)
        self.learner = real.learner
        self.learner.average = None
        self.batch = next(real.loader.epoch(0)).to(real.learner.group.device)

    def steps(self, count: int) -> float:
        began = time.perf_counter()
        for number in range(count):
            terms = self.learner.step(self.batch, number, 1e-5)
        float(terms["total"])  # waits for a GPU
        return time.perf_counter() - began


class Real:
    """The whole training loop, stopped and continued between steps."""

    def __init__(self, experiment: object, group: object) -> None:
        from train2edge.datasets.task import load_experiment
        from train2edge.progress import bar
        from train2edge.spec.experiment import Experiment
        from trainer import hooks
        from trainer.distributed import Group
        from trainer.loop import Loop
        from trainer.plan import plan_training
        from trainer.train import parts

        assert isinstance(experiment, Experiment)
        assert isinstance(group, Group)
        samples = load_experiment(experiment).train
        plan = plan_training(experiment, samples)
        self.learner, self.loader = parts(experiment, plan, samples, group)
        with bar("benchmark", 1) as running:
            every = [hooks.Finite(), hooks.Console(running, self.loader.batch_size)]
        self.loop = Loop(
            self.learner, self.loader, plan.training.schedule, plan.training.epochs, every
        )
        self.running = self.run()

    def run(self) -> Iterator[None]:
        while True:
            for batch in self.loader.epoch(self.loop.progress.epoch):
                self.loop.learn(batch)
                yield
            self.loop.progress.epoch += 1

    def steps(self, count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            next(self.running)
        float(self.loop.progress.sums["total"])
        return time.perf_counter() - began


def drawn(folder: Path, count: int = 64, size: int = 416) -> dict[str, object]:
    """An experiment on pictures of bright rectangles on noise."""
    import cv2
    import numpy as np

    rng = np.random.default_rng(0)
    for name in ("images", "labels"):
        (folder / name).mkdir()
    for number in range(count):
        picture = rng.integers(0, 90, (size, size, 3), np.uint8)
        left, top, width, height = (int(one) for one in rng.integers(40, 180, 4))
        box = (left, top, left + width, top + height)
        cv2.rectangle(picture, box[:2], box[2:], (200, 180, 220), -1)
        cv2.imwrite(str(folder / "images" / f"{number}.jpg"), picture)
        line = " ".join(map(str, ("thing", 0, 0, 0, *box, 0, 0, 0, 0, 0, 0, 0)))
        (folder / "labels" / f"{number}.txt").write_text(line + "\n")
    source = {"format": "kitti", "images": folder / "images", "labels": folder / "labels"}
    return {
        "name": "benchmark",
        "dataset": {"classes": ("thing",), "train": source},
        "model": {"freeze_blocks": (0, 1, 2, 3)},
        "augmentation": {"mosaic": 0.3, "rotate": 10},
        "training": {"ema": 0.995, "sizes": {0: 0.77}},
    }


if __name__ == "__main__":
    main()
