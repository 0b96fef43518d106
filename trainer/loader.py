"""Batches ahead of time, in an order that (seed, epoch) decides, from any step on.

With few cores one thread of this process prepares the next batches (OpenCV leaves the
interpreter's lock alone); with many, or a GPU to feed, processes do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, Sampler

if TYPE_CHECKING:
    from trainer.examples import Batch

AHEAD = 2  # batches prepared before they are asked for
MOST = 8  # processes that are worth it

Key = tuple[int, int]  # epoch, step


class Source(Protocol):
    """What a loader draws from."""

    def __len__(self) -> int: ...

    def batch(self, epoch: int, indices: Sequence[int]) -> Batch: ...


class Loader:
    """Batches of ``source``; every rank of ``world`` takes its own part of each global batch."""

    def __init__(
        self,
        source: Source,
        batch_size: int,
        *,
        seed: int,
        rank: int = 0,
        world: int = 1,
        workers: int = 0,
    ) -> None:
        self.source = source
        self.batch_size = batch_size
        self.seed = seed
        self.rank = rank
        self.world = world
        self.workers = workers
        self._keys = _Keys()
        self._order: tuple[int, NDArray[np.intp]] = (-1, np.zeros(0, np.intp))
        self._processes: DataLoader[Any] | None = None

    @property
    def steps(self) -> int:
        """Steps an epoch; pictures that do not fill a global batch wait for another epoch."""
        return max(1, len(self.source) // (self.batch_size * self.world))

    def order(self, epoch: int) -> NDArray[np.intp]:
        """All pictures of ``epoch`` in their order; too few for a batch are taken again."""
        if self._order[0] != epoch:
            shuffled = np.random.default_rng((self.seed, epoch)).permutation(len(self.source))
            wanted = self.steps * self.batch_size * self.world
            self._order = epoch, np.resize(shuffled, wanted)
        return self._order[1]

    def indices(self, epoch: int, step: int) -> NDArray[np.intp]:
        """This rank's pictures of one step."""
        first = (step * self.world + self.rank) * self.batch_size
        return self.order(epoch)[first : first + self.batch_size]

    def epoch(self, epoch: int, first_step: int = 0) -> Iterator[Batch]:
        """The batches of ``epoch`` from ``first_step`` on."""
        keys = [(epoch, step) for step in range(first_step, self.steps)]
        yield from self._by_processes(keys) if self.workers else self._by_thread(keys)

    def make(self, key: Key) -> Batch:
        return self.source.batch(key[0], [int(one) for one in self.indices(*key)])

    def _by_thread(self, keys: Sequence[Key]) -> Iterator[Batch]:
        with ThreadPoolExecutor(1, "loader", _one_thread_each) as pool:
            waiting = [pool.submit(self.make, key) for key in keys[:AHEAD]]
            for key in [*keys[AHEAD:], *[None] * min(AHEAD, len(keys))]:
                done = waiting.pop(0).result()
                if key is not None:
                    waiting.append(pool.submit(self.make, key))
                yield done

    def _by_processes(self, keys: Sequence[Key]) -> Iterator[Batch]:
        if self._processes is None:
            self._processes = DataLoader(
                _Batches(self),
                batch_size=None,
                sampler=self._keys,
                num_workers=self.workers,
                prefetch_factor=AHEAD,
                persistent_workers=True,
                multiprocessing_context="fork",  # shares the decoded pictures
                pin_memory=torch.cuda.is_available(),
                worker_init_fn=_one_thread_each,
            )
        self._keys.keys = list(keys)
        yield from self._processes


class _Keys(Sampler[Key]):
    """The keys of the epoch at hand."""

    def __init__(self) -> None:
        self.keys: list[Key] = []

    def __iter__(self) -> Iterator[Key]:
        return iter(self.keys)

    def __len__(self) -> int:
        return len(self.keys)


class _Batches(Dataset[Any]):
    """A loader's batches by key, as torch's worker processes want it."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def __getitem__(self, key: Any) -> Batch:
        return self.loader.make(key)


def _one_thread_each(_worker: int = 0) -> None:
    cv2.setNumThreads(1)


def worker_count(wanted: int, *, gpu: bool, cores: int | None = None, world: int = 1) -> int:
    """Loader processes: ``wanted``, or for -1 what this machine's cores are good for.

    A CPU that also computes the steps is kept busy by them: one thread of the process is enough
    (measured, ``benchmarks/training.py``). A GPU leaves the cores to the loader.
    """
    if wanted >= 0:
        return wanted
    cores = (len(os.sched_getaffinity(0)) if cores is None else cores) // world
    return max(0, min(MOST, cores - 1)) if gpu else 0
