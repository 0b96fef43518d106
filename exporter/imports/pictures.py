"""The pictures of an import: those that give ranges, and labelled ones to score on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from train2edge.datasets.picture import Skipped, picture_files, picture_size, whole
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError
from train2edge.spec.export import Calibration

Samples = tuple[Sample, ...]


def in_folder(folder: Path) -> tuple[Samples, tuple[Skipped, ...]]:
    """The whole pictures under ``folder``, sorted, and the broken; ``InputError`` for none."""
    files, broken = whole(picture_files(folder, below=True))
    if not files:
        raise InputError(f"every picture is broken, first {broken[0]}", where=str(folder))
    return tuple(_unlabelled(one) for one in files), tuple(broken)


def _unlabelled(file: Path) -> Sample:
    width, height = picture_size(file)
    return Sample(
        file,
        width,
        height,
        np.zeros((0, 4), np.float32),
        np.zeros(0, np.int32),
        np.zeros(0, np.bool_),
    )


def shared(samples: tuple[Sample, ...], usual: Calibration, where: Path) -> tuple[Samples, Samples]:
    """Labelled pictures alone: some give ranges (at most half), the others are scored on.

    Ranges that were taken from the very pictures of the score would flatter it.
    """
    if len(samples) < 2:
        raise InputError(
            "one picture cannot both give INT8 ranges and be scored on",
            where=str(where),
            hint="--calibrate FOLDER with pictures like the device's, no labels needed",
        )
    order = np.random.default_rng(usual.seed).permutation(len(samples))
    count = min(usual.pictures, len(samples) // 2)
    chosen, rest = sorted(order[:count]), sorted(order[count:])
    return tuple(samples[one] for one in chosen), tuple(samples[one] for one in rest)
