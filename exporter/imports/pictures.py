"""The pictures of an import: a folder to calibrate on, labelled ones to score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from train2edge.datasets.header import SUFFIXES
from train2edge.datasets.layout import recognise
from train2edge.datasets.load import load
from train2edge.datasets.picture import picture_size
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError
from train2edge.spec.dataset import Dataset


def in_folder(folder: Path) -> tuple[Sample, ...]:
    """Every picture under ``folder``, sorted; ``InputError`` if there is none."""
    files = sorted(one for one in folder.rglob("*") if one.suffix.lower() in SUFFIXES)
    if not files:
        raise InputError("no pictures", where=str(folder), hint=f"wanted: {', '.join(SUFFIXES)}")
    return tuple(_unlabelled(one) for one in files)


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


@dataclass(frozen=True)
class Labelled:
    """Pictures to score on; ``left_out`` are their labels that are no class of the network."""

    samples: tuple[Sample, ...]
    left_out: tuple[str, ...]


def labelled(folder: Path, classes: Sequence[str]) -> Labelled:
    """The labelled pictures in ``folder``, in any format that can be recognised.

    Labels are classes by their name, blanks as underscores. ``InputError`` if none is.
    """
    found = recognise(folder).dataset
    names = {label: "_".join(label.split()) for label in found["classes"]}
    mapping = {label: name if name in classes else None for label, name in names.items()}
    left_out = tuple(label for label, target in mapping.items() if target is None)
    if len(left_out) == len(mapping):
        raise InputError(
            f"no label of the pictures is a class of the network: {', '.join(left_out[:10])}",
            where=str(folder),
            hint="--labels FILE with the names that the pictures have",
        )
    source = found["train"]
    dataset = Dataset(classes=tuple(classes), map=mapping, train=source, validation=source)
    return Labelled(load(dataset).validation, left_out)
