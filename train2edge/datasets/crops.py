"""Boxes of pictures as samples of their own: what a secondary classifier learns from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.load import Splits
from train2edge.datasets.load_report import PARTS, part_report
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError
from train2edge.nvinfer.geometry import Rect
from train2edge.spec.dataset import Crops, Dataset


def crop_splits(splits: Splits, dataset: Dataset) -> Splits:
    """Every part's boxes, one sample each; crops of one picture stay in one part.

    ``InputError`` if no box of the training part is large enough.
    """
    parts = {part: tuple(_crops(getattr(splits, part), dataset.crops)) for part in PARTS}
    small = sum(_counted(getattr(splits, part)) - len(parts[part]) for part in PARTS)
    if not parts["train"]:
        raise InputError(
            f"none of {_counted(splits.train)} boxes to learn from is as large as dataset.crops "
            f"wants, {dataset.crops.min_width}x{dataset.crops.min_height} pixels",
            where="dataset.train",
        )
    dropped = dict(splits.report.dropped) | ({"smaller than dataset.crops": small} if small else {})
    reports = {part: part_report(some, dataset.classes) for part, some in parts.items()}
    return Splits(**parts, report=replace(splits.report, parts=reports, dropped=dropped))


def _counted(samples: Sequence[Sample]) -> int:
    return sum(int((~one.ignore).sum()) for one in samples)


def _crops(samples: Sequence[Sample], crops: Crops) -> Iterator[Sample]:
    for sample in samples:
        for row in np.flatnonzero(~sample.ignore):
            width, height = sample.boxes[row, 2:] - sample.boxes[row, :2]
            if width >= crops.min_width and height >= crops.min_height:
                yield _crop(sample, int(row), crops.margin)


def _crop(sample: Sample, row: int, margin: float) -> Sample:
    return replace(
        sample,
        boxes=sample.boxes[row : row + 1],
        class_ids=sample.class_ids[row : row + 1],
        ignore=sample.ignore[row : row + 1],
        region=_region(sample, row, margin),
    )


def _region(sample: Sample, row: int, margin: float) -> Rect:
    """The box with ``margin`` of its sides around it, inside the picture."""
    left, top, right, bottom = (float(value) for value in sample.boxes[row])
    across, down = margin * (right - left), margin * (bottom - top)
    left, top = max(left - across, 0.0), max(top - down, 0.0)
    right, bottom = min(right + across, sample.width), min(bottom + down, sample.height)
    return Rect(left, top, right - left, bottom - top)


def class_ids(samples: Sequence[Sample]) -> NDArray[np.int32]:
    """int32 ``[N]``: the classes of samples that are one object each."""
    return np.array([one.class_ids[0] for one in samples], np.int32)
