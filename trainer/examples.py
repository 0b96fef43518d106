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
from numpy.typing import NDArray
from torch import Tensor

from train2edge.contract import Contract, InputContract
from train2edge.datasets.picture import read_picture
from train2edge.datasets.sample import Sample
from train2edge.nvinfer.geometry import Rect
from train2edge.spec.augmentation import Augmentation
from trainer import augmentation
from trainer.augmentation import Composition, Picture, View
from trainer.change import draw
from trainer.tasks.task import MakeTargets, Targets

LARGER = 1.5  # pictures this much larger than ever looked at are kept at the size looked at
SHARE = 0.25  # of the free memory may hold decoded pictures
AROUND = 0.5  # of a region's sides, kept around it for zoom, shift and rotation


class Batch(NamedTuple):
    """``pictures`` uint8 ``[N, height, width, channels]`` and their targets."""

    pictures: Tensor
    targets: Targets

    def to(self, device: torch.device) -> Batch:
        if device.type == "cpu":
            return self
        pictures = self.pictures.to(device, non_blocking=True)
        moved = (one.to(device) for one in self.targets)
        return Batch(pictures, type(self.targets)._make(moved))  # type: ignore[attr-defined]


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


@dataclass(frozen=True)
class Part:
    """The part of a picture that is kept, in its pixels from even ones on, and at which size."""

    left: int
    top: int
    right: int
    bottom: int
    width: int
    height: int

    @property
    def ratio(self) -> tuple[float, float]:
        """Kept pixels a pixel of the picture, across and down."""
        return self.width / (self.right - self.left), self.height / (self.bottom - self.top)

    def box(self, boxes: NDArray[np.floating]) -> NDArray[np.float32]:
        """Boxes ``[N, 4]`` of the picture in pixels of what is kept."""
        origin = np.array([self.left, self.top] * 2)
        return np.asarray((boxes - origin) * np.array(self.ratio * 2), np.float32)

    def rect(self, region: Rect) -> Rect:
        across, down = self.ratio
        left, top = (region.left - self.left) * across, (region.top - self.top) * down
        return Rect(left, top, region.width * across, region.height * down)


class Pictures:
    """Decoded pictures by index, or of regions what is around them, kept as long as they fit."""

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
            part = self.part(sample)
            left -= 3.0 * part.width * part.height
            if left < 0:
                break
            chosen.append(index)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self.kept.update(zip(chosen, pool.map(self._read, chosen), strict=True))

    def __getitem__(self, index: int) -> Picture:
        kept = self.kept.get(index)
        return self._read(index) if kept is None else kept

    def _read(self, index: int) -> Picture:
        part = self.part(self.samples[index])
        picture = read_picture(self.samples[index].image)
        picture = picture[part.top : part.bottom, part.left : part.right]
        size = part.width, part.height
        if size != (picture.shape[1], picture.shape[0]):
            return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
        return picture if self.samples[index].region is None else picture.copy()

    def part(self, sample: Sample) -> Part:
        """What of the sample's picture is kept."""
        seen = sample.region or Rect(0, 0, sample.width, sample.height)
        left, right = _around(seen.left, seen.width, sample.width)
        top, bottom = _around(seen.top, seen.height, sample.height)
        width, height = right - left, bottom - top
        scale = self._limit / max(seen.width, seen.height)
        if scale * LARGER < 1:
            width, height = max(2, round(width * scale)), max(2, round(height * scale))
        return Part(left, top, right, bottom, width, height)


class Examples:
    """Training examples of ``samples``, augmented, with the task's targets."""

    def __init__(
        self,
        samples: Sequence[Sample],
        contract: Contract,
        *,
        sizes: Sizes,
        spec: Augmentation,
        targets: MakeTargets,
        seed: int,
        epochs: int,
    ) -> None:
        self.samples = samples
        self.pictures = Pictures(samples, sizes, spec.zoom_max)
        self.contract = contract
        self.sizes = sizes
        self.spec = spec
        self.targets = targets
        self.seed = seed
        self.epochs = epochs

    def __len__(self) -> int:
        return len(self.samples)

    def view(self, epoch: int, index: int) -> View:
        """The augmented picture ``index`` of ``epoch``, network-sized, with its objects."""
        return augmentation.compose(self.composition(epoch, index), self.sizes.at(epoch))

    def composition(self, epoch: int, index: int) -> Composition:
        """What ``view`` shows: which pictures, where, and what chance decided for them."""
        contract = self.sizes.at(epoch)
        rng = np.random.default_rng((self.seed, epoch, index))
        if rng.random() < self._mosaic(epoch):
            others = [index, *(int(one) for one in rng.integers(len(self.samples), size=3))]
            changes = [draw(self.spec, contract, rng) for _ in others]
            views = [self._stored(one) for one in others]
            return augmentation.mosaic(views, changes, contract, rng)
        change = draw(self.spec, contract, rng)
        return augmentation.alone(self._stored(index), change, contract)

    def batch(self, epoch: int, indices: Sequence[int]) -> Batch:
        contract = self.sizes.at(epoch)
        views = [self.view(epoch, index) for index in indices]
        pictures = torch.from_numpy(np.stack([view.picture for view in views]))
        return Batch(pictures, self.targets(views, contract))

    def _mosaic(self, epoch: int) -> float:
        return self.spec.mosaic if epoch < self.spec.mosaic_until * self.epochs else 0.0

    def _stored(self, index: int) -> View:
        sample, picture = self.samples[index], self.pictures[index]
        part = self.pictures.part(sample)
        region = part.rect(sample.region) if sample.region else None
        return View(picture, part.box(sample.boxes), sample.class_ids, sample.ignore, region)


def _around(start: float, size: float, whole: int) -> tuple[int, int]:
    """First, even, and last pixel of a side with what is around it, inside of ``whole``."""
    first = max(0, math.floor(start - AROUND * size)) & ~1
    return first, min(whole, math.ceil(start + size + AROUND * size))


def free_memory() -> int:
    """Bytes of memory that are free for this process's use."""
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def normalize(pictures: Tensor, contract: InputContract) -> Tensor:
    """uint8 ``[N, height, width, channels]`` to float32 NCHW by the contract.

    The result lies in memory as it came, which is torch's channels-last: the faster one.
    """
    offsets = torch.tensor(contract.offsets, device=pictures.device)
    return ((pictures.float() - offsets) * contract.scale).permute(0, 3, 1, 2)
