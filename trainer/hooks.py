"""What happens between the steps: scores, checkpoints, records, progress, stops."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from train2edge.errors import WorkError
from train2edge.files import write_text
from train2edge.progress import Bar
from train2edge.spec.training import Training
from trainer.distributed import Group
from trainer.loop import Hook, Loop
from trainer.losses import autoweights
from trainer.models.network import Network
from trainer.state import FILE, State

METRICS = "metrics.jsonl"
CHECK_EVERY = 50  # steps between two looks at whether the loss is a number


class Finite(Hook):
    """Stops at a loss that is no number, before it reaches a checkpoint."""

    def after_step(self, loop: Loop) -> None:
        if loop.progress.step % CHECK_EVERY == 0:
            self.check(float(loop.progress.sums["total"]), loop)

    def after_epoch(self, loop: Loop) -> None:
        self.check(loop.means["total"], loop)

    def check(self, total: float, loop: Loop) -> None:
        if not math.isfinite(total):
            raise WorkError(
                f"the loss is no longer a number at step {loop.progress.total}",
                hint="try a lower training.schedule.maximum, or a training.grad_clip of 1",
            )


class Autoweight(Hook):
    """TLT's autoweighting: after each epoch every term gets its share of the loss."""

    def __init__(self, goals: Mapping[str, float], group: Group) -> None:
        self.goals = goals
        self.group = group

    def after_epoch(self, loop: Loop) -> None:
        means = self.group.mean({name: loop.means[name] for name in self.goals})
        loop.learner.loss.weights = autoweights(self.goals, means)


class Validation(Hook):
    """Scores the model on rank 0, keeps the best one, and stops when it gets no better.

    ``score`` gives figures of a model, ``metric`` among them; ``keep`` stores a model.
    """

    def __init__(
        self,
        spec: Training,
        metric: str,
        group: Group,
        score: Callable[[Network], Mapping[str, float]],
        keep: Callable[[Network, Mapping[str, float]], None],
    ) -> None:
        self.spec = spec
        self.metric = metric
        self.group = group
        self.score = score
        self.keep = keep

    def after_epoch(self, loop: Loop) -> None:
        progress, spec = loop.progress, self.spec
        last = progress.epoch >= loop.epochs
        early = progress.epoch < spec.validate_from
        skipped = (progress.epoch - spec.validate_from) % spec.validate_every
        if (early or skipped) and not last:
            return
        if self.group.main:
            figures = self.score(loop.learner.best_model)
            loop.record.update(figures)
            if figures[self.metric] > progress.best:
                progress.best, progress.best_epoch = figures[self.metric], progress.epoch
                self.keep(loop.learner.best_model, figures)
        shared = self.group.share([progress.best, float(progress.best_epoch)])
        progress.best, progress.best_epoch = shared[0], int(shared[1])
        waited = progress.epoch - progress.best_epoch
        progress.stopped = bool(spec.early_stop) and waited >= spec.early_stop


class Saver(Hook):
    """Writes ``last.pt`` at the end of epochs and every few minutes."""

    def __init__(self, out: Path, minutes: float, fingerprint: str) -> None:
        self.path = out / FILE
        self.seconds = minutes * 60
        self.fingerprint = fingerprint
        self.saved = time.monotonic()

    def after_step(self, loop: Loop) -> None:
        if self.seconds and time.monotonic() - self.saved >= self.seconds:
            self.save(loop)

    def after_epoch(self, loop: Loop) -> None:
        self.save(loop)

    def save(self, loop: Loop) -> None:
        State(loop.progress, loop.learner.state(), self.fingerprint).save(self.path)
        self.saved = time.monotonic()


class Journal(Hook):
    """``metrics.jsonl``, one line an epoch, and the same for TensorBoard.

    Lines of epochs that a resumed training does again are dropped.
    """

    def __init__(self, out: Path, first_epoch: int, writer: Any = None) -> None:
        self.path = out / METRICS
        self.writer = writer
        self.lines = [line for line in _lines(self.path) if line["epoch"] <= first_epoch]

    def after_epoch(self, loop: Loop) -> None:
        record = {
            "epoch": loop.progress.epoch,
            "step": loop.progress.total,
            "rate": loop.rate,
            **{f"loss/{name}": value for name, value in loop.means.items()},
            **loop.record,
        }
        self.lines.append(record)
        write_text(self.path, "".join(json.dumps(line) + "\n" for line in self.lines))
        if self.writer is not None:
            for name, value in record.items():
                self.writer.add_scalar(name, value, record["epoch"])
            self.writer.flush()


class Console(Hook):
    """The bar of a person who watches, and a line an epoch for everyone."""

    def __init__(self, bar: Bar, pictures: int) -> None:
        self.bar = bar
        self.pictures = pictures
        self.began = time.monotonic()
        self.first: int | None = None

    def after_step(self, loop: Loop) -> None:
        if self.first is None:
            self.first = loop.progress.total - 1
        self.bar.advance(self.pictures)

    def after_epoch(self, loop: Loop) -> None:
        done, total = loop.progress.total, loop.epochs * loop.loader.steps
        spent = time.monotonic() - self.began
        left = spent / max(done - (self.first or 0), 1) * (total - done)
        speed = done * self.pictures / max(loop.progress.seconds, 1e-9)
        figures = "  ".join(f"{name} {value:.3f}" for name, value in loop.record.items())
        print(
            f"epoch {loop.progress.epoch}/{loop.epochs}  loss {loop.means['total']:.4f}  {figures}"
            f"  {speed:.1f} pictures/s  {left / 60:.1f} min left",
            file=sys.stderr,
            flush=True,
        )


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line]
