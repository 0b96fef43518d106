"""The pictures that ranges are taken from: real ones of the training part, chosen by a seed.

Never random tensors: a network answers noise with ranges that no picture needs. (TLT calibrated on
random tensors when it found no pictures, and told it in one line of its log.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import InputContract
from train2edge.datasets.picture import read_picture
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError, Problem
from train2edge.nvinfer.preprocess import prepare
from train2edge.spec.export import Calibration


def choose(samples: Sequence[Sample], settings: Calibration) -> tuple[Sample, ...]:
    """``settings.pictures`` different samples; ``InputError`` if there are fewer.

    In the seed's order: the first few, which noise is measured on, are of the whole set.
    """
    problem = too_few(len(samples), settings)
    if problem is not None:
        raise InputError(problem.message, where=problem.where, hint=problem.hint)
    order = np.random.default_rng(settings.seed).permutation(len(samples))
    return tuple(samples[index] for index in order[: settings.pictures])


def too_few(there: int, settings: Calibration) -> Problem | None:
    """What is wrong where ``there`` are fewer pictures to learn from than are to calibrate."""
    if there >= settings.pictures:
        return None
    return Problem(
        "export.calibration.pictures",
        f"{settings.pictures} calibration pictures asked for, the training part has {there}",
        f"--set export.calibration.pictures={there}, or add pictures",
    )


def tensors(samples: Sequence[Sample], frame: InputContract) -> Iterator[NDArray[np.float32]]:
    """Each sample's input tensor ``[C, H, W]``, exactly as nvinfer would make it."""
    for sample in samples:
        tensor, _ = prepare(read_picture(sample.image), frame, sample.region)
        yield tensor
