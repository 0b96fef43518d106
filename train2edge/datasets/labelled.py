"""A folder of labelled pictures for a network whose classes are fixed already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from train2edge.datasets.layout import PARTS, labels_of, one_word, parts_of, recognise
from train2edge.datasets.load import load
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError
from train2edge.spec.dataset import Dataset

UNSEEN_FIRST = ("test", "validation", "train")


@dataclass(frozen=True)
class Labelled:
    """Pictures to score on; ``left_out`` are their labels that are no class of the network.

    ``part`` is which of the folder's parts they are, where it has several.
    """

    dataset: Dataset
    samples: tuple[Sample, ...]
    left_out: tuple[str, ...]
    part: str | None = None


def labelled(folder: Path, classes: Sequence[str], parts: Sequence[str] = tuple(PARTS)) -> Labelled:
    """The labelled pictures in ``folder``, in any format that can be recognised.

    Of a folder in parts the first of ``parts`` that it has. Labels are classes by their name,
    blanks as underscores. ``InputError`` if none is.
    """
    found = parts_of(folder.resolve()) or recognise(folder).dataset  # which tells what is wrong
    part = next(one for one in parts if one in found)
    mapping = {
        label: name if (name := one_word(label)) in classes else None
        for label in sorted(labels_of(found[part]))
    }
    left_out = tuple(label for label, target in mapping.items() if target is None)
    if len(left_out) == len(mapping):
        raise InputError(
            f"no label of the pictures is a class of the network: {', '.join(left_out[:10])}",
            where=str(folder),
            hint=f"its classes are {_some(classes)}; an import takes other names by --labels",
        )
    source = (found[part],)
    dataset = Dataset(classes=tuple(classes), map=mapping, train=source, validation=source)
    samples = load(dataset).validation
    return Labelled(dataset, samples, left_out, part if len(found) > 1 else None)


def _some(classes: Sequence[str], told: int = 6) -> str:
    more = f", ... ({len(classes)} in all)" if len(classes) > told else ""
    return ", ".join(classes[:told]) + more
