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
from train2edge.errors import InputError
from train2edge.nvinfer.preprocess import prepare
from train2edge.spec.export import Calibration


def choose(samples: Sequence[Sample], settings: Calibration) -> tuple[Sample, ...]:
    """``settings.pictures`` different samples; ``InputError`` if there are fewer.

    In the seed's order: the first few, which noise is measured on, are of the whole set.
    """
    if len(samples) < settings.pictures:
        raise InputError(
            f"{settings.pictures} calibration pictures asked for, the training part has"
            f" {len(samples)}",
            where="export.calibration.pictures",
            hint=f"--set export.calibration.pictures={len(samples)}, or add pictures",
        )
    order = np.random.default_rng(settings.seed).permutation(len(samples))
    return tuple(samples[index] for index in order[: settings.pictures])


def tensors(samples: Sequence[Sample], frame: InputContract) -> Iterator[NDArray[np.float32]]:
    """Each sample's input tensor ``[C, H, W]``, exactly as nvinfer would make it."""
    for sample in samples:
        tensor, _ = prepare(read_picture(sample.image), frame, sample.region)
        yield tensor
