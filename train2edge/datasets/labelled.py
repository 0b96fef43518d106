"""A folder of labelled pictures for a network whose classes are fixed already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from train2edge.datasets.layout import recognise
from train2edge.datasets.load import load
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError
from train2edge.spec.dataset import Dataset


@dataclass(frozen=True)
class Labelled:
    """Pictures to score on; ``left_out`` are their labels that are no class of the network."""

    dataset: Dataset
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
    return Labelled(dataset, load(dataset).validation, left_out)
