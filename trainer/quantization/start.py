"""Where quantisation-aware training begins: a float network, and ranges of real pictures."""

from __future__ import annotations

from collections.abc import Sequence

from train2edge.calibration import pictures
from train2edge.contract import InputContract
from train2edge.datasets.sample import Sample
from train2edge.spec.export import Calibration
from trainer.distributed import Group
from trainer.models.network import Network
from trainer.quantization import ranges
from trainer.quantization.network import quantise
from trainer.quantization.readers import limits


def begin(
    model: Network,
    frame: InputContract,
    settings: Calibration,
    samples: Sequence[Sample],
    group: Group,
) -> Network:
    """``model`` in 8 bits; one that computes in them already keeps its ranges.

    Every process measures, and takes rank 0's ranges. ``InputError`` if there are fewer
    ``samples`` than ``settings`` asks for.
    """
    if limits(model):
        return model
    chosen = pictures.choose(samples, settings)
    measured = ranges.measure(model, pictures.tensors(chosen, frame), settings)
    shared = group.share(list(measured.values()))
    return quantise(model, dict(zip(measured, shared, strict=True)))
