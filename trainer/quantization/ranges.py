"""Which range each reader gets: measured on the float network, before it learns."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from train2edge.calibration import ranges
from train2edge.calibration.counts import Counts
from train2edge.errors import WorkError
from train2edge.spec.export import Calibration
from trainer.models.network import Network
from trainer.quantization.readers import install, reading

METHOD = "percentile"  # where the spec leaves it open: the best where one serves for all


def measure(
    model: Network, pictures: Iterable[NDArray[np.float32]], settings: Calibration
) -> dict[str, float]:
    """Every reader's limit from ``pictures`` ``[C, H, W]``, by module name; ``model`` stays.

    Readers of one tensor get one range, as they share one Q/DQ pair on the device.
    """
    if settings.method == "auto":
        settings = settings.model_copy(update={"method": METHOD})
    watched = copy.deepcopy(model).cpu().eval()
    install(watched)
    counts: dict[str, Counts] = {}
    first: dict[str, str] = {}
    with torch.inference_mode():
        for picture in pictures:
            with reading(watched) as seen:
                watched(torch.from_numpy(picture[None]))
            first = _first_readers(seen)
            for name in dict.fromkeys(first.values()):
                found = Counts.of(seen[name].numpy(), name=name)
                counts[name] = counts[name] + found if name in counts else found
    if not counts:
        raise WorkError("no calibration picture was run; there is nothing to take ranges from")
    histograms = {name: one.magnitudes() for name, one in counts.items()}
    chosen = ranges.thresholds(histograms, settings)
    return {reader: chosen[name] for reader, name in first.items()}


def _first_readers(seen: Mapping[str, Tensor]) -> dict[str, str]:
    """For every reader the first one of the same tensor."""
    first: dict[int, str] = {}
    return {name: first.setdefault(id(tensor), name) for name, tensor in seen.items()}
