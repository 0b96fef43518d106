"""The loop only loops; what happens between its steps are hooks of a few lines."""

from __future__ import annotations

import time
from collections.abc import Sequence

from train2edge.spec.training import Schedule
from trainer.examples import Batch
from trainer.learner import Learner
from trainer.loader import Loader
from trainer.schedule import learning_rate
from trainer.state import Progress


class Hook:
    """Something to do while a loop runs; epochs and steps that are done count in ``progress``."""

    def after_step(self, loop: Loop) -> None:
        """A step is done and counted."""

    def after_epoch(self, loop: Loop) -> None:
        """An epoch is done; its losses are in ``loop.means``."""

    def at_end(self, loop: Loop) -> None:
        """The last epoch is done."""


class Loop:
    """Runs ``epochs`` passes, from wherever ``progress`` is."""

    def __init__(
        self,
        learner: Learner,
        loader: Loader,
        schedule: Schedule,
        epochs: int,
        hooks: Sequence[Hook] = (),
        progress: Progress | None = None,
    ) -> None:
        self.learner = learner
        self.loader = loader
        self.schedule = schedule
        self.epochs = epochs
        self.hooks = tuple(hooks)
        self.progress = progress or Progress()
        self.means: dict[str, float] = {}
        self.record: dict[str, float] = {}

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return learning_rate(self.progress.total / (self.epochs * self.loader.steps), self.schedule)

    def run(self) -> Progress:
        progress = self.progress
        while progress.epoch < self.epochs and not progress.stopped:
            self._epoch()
        for hook in self.hooks:
            hook.at_end(self)
        return progress

    def _epoch(self) -> None:
        progress = self.progress
        began = time.perf_counter()
        for batch in self.loader.epoch(progress.epoch, progress.step):
            self.learn(batch)
            progress.seconds += time.perf_counter() - began
            began = time.perf_counter()
        self._close_epoch()

    def learn(self, batch: Batch) -> None:
        """One step, counted, and what the hooks do after it."""
        progress = self.progress
        terms = self.learner.step(batch, progress.total, self.rate)
        for name, value in terms.items():
            before = progress.sums.get(name)
            progress.sums[name] = value if before is None else before + value
        progress.step += 1
        progress.total += 1
        for hook in self.hooks:
            hook.after_step(self)

    def _close_epoch(self) -> None:
        progress = self.progress
        self.means = {name: float(value) / progress.step for name, value in progress.sums.items()}
        self.record = {}
        progress.epoch += 1
        progress.step = 0
        progress.sums = {}
        for hook in self.hooks:
            hook.after_epoch(self)
