"""From a sample to what a step eats: picture, augmentation, targets; the same for the same
(seed, epoch, index), whoever asks and however often."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

from train2edge.contract import Contract, InputContract
from train2edge.datasets.picture import read_picture
from train2edge.datasets.sample import Sample
from train2edge.spec.augmentation import Augmentation
from train2edge.spec.training import Rasterizer
from trainer import augmentation
from trainer.augmentation import Picture, View
from trainer.losses import TargetBatch
from trainer.rasterizer import Targets, rasterize

LARGER = 1.5  # pictures this much larger than ever looked at are kept at the size looked at
SHARE = 0.25  # of the free memory may hold decoded pictures


class Batch(NamedTuple):
    """``pictures`` uint8 ``[N, height, width, channels]`` and their targets."""

    pictures: Tensor
    targets: TargetBatch

    def to(self, device: torch.device) -> Batch:
        if device.type == "cpu":
            return self
        pictures = self.pictures.to(device, non_blocking=True)
        return Batch(pictures, TargetBatch(*(one.to(device) for one in self.targets)))


@dataclass(frozen=True)
class Sizes:
    """The input contract of each epoch: progressive resizing, in multiples of 32 pixels."""

    contract: InputContract
    factors: tuple[tuple[int, float], ...] = ()

    def at(self, epoch: int) -> InputContract:
        factor = 1.0
        for first, value in sorted(self.factors):
            factor = value if epoch >= first else factor
        if factor == 1.0:
            return self.contract
        width, height = (
            max(32, round(side * factor / 32) * 32)
            for side in (self.contract.width, self.contract.height)
        )
        return replace(self.contract, width=width, height=height)


class Pictures:
    """Decoded pictures by index, kept in memory as long as they fit."""

    def __init__(self, samples: Sequence[Sample], sizes: Sizes, zoom: float) -> None:
        self.samples = samples
        self.kept: dict[int, Picture] = {}
        self._limit = zoom * max(sizes.contract.width, sizes.contract.height)

    def load(self, budget: int | None = None, share: float = 1.0) -> None:
        """Decode beforehand what fits in ``budget`` bytes: usually a quarter of the free memory,
        of which this process may take its ``share``."""
        left = float(free_memory() * SHARE * share if budget is None else budget)
        chosen = []
        for index, sample in enumerate(self.samples):
            left -= 3.0 * math.prod(self._size(sample))
            if left < 0:
                break
            chosen.append(index)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self.kept.update(zip(chosen, pool.map(self._read, chosen), strict=True))

    def __getitem__(self, index: int) -> Picture:
        kept = self.kept.get(index)
        return self._read(index) if kept is None else kept

    def _read(self, index: int) -> Picture:
        picture = read_picture(self.samples[index].image)
        width, height = self._size(self.samples[index])
        if (width, height) == (picture.shape[1], picture.shape[0]):
            return picture
        return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))

    def _size(self, sample: Sample) -> tuple[int, int]:
        """Width, height that the picture is kept at."""
        scale = self._limit / max(sample.width, sample.height)
        if scale * LARGER >= 1:
            return sample.width, sample.height
        return max(2, round(sample.width * scale)), max(2, round(sample.height * scale))


class Examples:
    """Training examples of ``samples``, augmented and rasterised."""

    def __init__(
        self,
        samples: Sequence[Sample],
        contract: Contract,
        *,
        sizes: Sizes,
        spec: Augmentation,
        rasterizer: Rasterizer,
        seed: int,
        epochs: int,
    ) -> None:
        self.samples = samples
        self.pictures = Pictures(samples, sizes, spec.zoom_max)
        self.contract = contract
        self.sizes = sizes
        self.spec = spec
        self.rasterizer = rasterizer
        self.seed = seed
        self.epochs = epochs

    def __len__(self) -> int:
        return len(self.samples)

    def view(self, epoch: int, index: int) -> View:
        """The augmented picture ``index`` of ``epoch``, network-sized, with its objects."""
        contract = self.sizes.at(epoch)
        rng = np.random.default_rng((self.seed, epoch, index))
        if rng.random() < self._mosaic(epoch):
            others = [index, *(int(one) for one in rng.integers(len(self.samples), size=3))]
            changes = [augmentation.draw(self.spec, contract, rng) for _ in others]
            views = [self._stored(one) for one in others]
            return augmentation.mosaic(views, changes, contract, rng)
        change = augmentation.draw(self.spec, contract, rng)
        return augmentation.augment(self._stored(index), change, contract)

    def batch(self, epoch: int, indices: Sequence[int]) -> Batch:
        contract = self.sizes.at(epoch)
        views = [self.view(epoch, index) for index in indices]
        targets = [self._targets(view, contract) for view in views]
        pictures = torch.from_numpy(np.stack([view.picture for view in views]))
        stacked = (torch.from_numpy(np.stack(column)) for column in zip(*targets, strict=True))
        return Batch(pictures, TargetBatch(*stacked))

    def _mosaic(self, epoch: int) -> float:
        return self.spec.mosaic if epoch < self.spec.mosaic_until * self.epochs else 0.0

    def _stored(self, index: int) -> View:
        sample, picture = self.samples[index], self.pictures[index]
        ratio = np.array([picture.shape[1] / sample.width, picture.shape[0] / sample.height] * 2)
        boxes = (sample.boxes * ratio).astype(np.float32)
        return View(picture, boxes, sample.class_ids, sample.ignore)

    def _targets(self, view: View, contract: InputContract) -> Targets:
        size = contract.width, contract.height
        objects = view.boxes, view.class_ids, view.ignore
        return rasterize(*objects, size, self.contract.output, self.rasterizer)


def free_memory() -> int:
    """Bytes of memory that are free for this process's use."""
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def normalize(pictures: Tensor, contract: InputContract) -> Tensor:
    """uint8 ``[N, height, width, channels]`` to float32 NCHW by the contract.

    The result lies in memory as it came, which is torch's channels-last: the faster one.
    """
    offsets = torch.tensor(contract.offsets, device=pictures.device)
    return ((pictures.float() - offsets) * contract.scale).permute(0, 3, 1, 2)
