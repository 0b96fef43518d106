"""Pictures sorted into folders: the folder right under ``images`` is the class of all below it.

The whole picture is the object. This is the form of TLT's and torchvision's classification data.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from train2edge.datasets.folder import read_pictures
from train2edge.datasets.reading import LabelledBox, LabelledPicture, Reading
from train2edge.errors import Problem
from train2edge.spec.dataset import Source


def read(source: Source, names: Sequence[str]) -> Reading:
    """Read every picture below ``source.images``; one that lies in no class folder is a problem."""
    return read_pictures(source, _objects)


def write(pictures: Sequence[LabelledPicture], folder: Path, names: Sequence[str]) -> int:
    """Nothing: where a picture lies says all (returns 0)."""
    return 0


def _objects(
    image: Path, key: str, size: tuple[int, int], problems: list[Problem]
) -> list[LabelledBox]:
    label, slash, _ = key.partition("/")
    if not slash:
        message = "lies beside the class folders, not in one of them"
        problems.append(Problem(str(image), message, "move it into a folder named after its class"))
        return []
    width, height = size
    box = (0.0, 0.0, float(width), float(height))
    return [LabelledBox(label, box, str(image), whole=True)]
