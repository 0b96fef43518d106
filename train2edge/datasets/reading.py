"""What a label reader gives: pictures with their boxes as the files say it, and what is wrong.

Labels stay words here; ``load`` maps them to classes, ``convert`` writes them in another format.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from train2edge.datasets.picture import Skipped
from train2edge.errors import Problem
from train2edge.spec.dataset import Source

DONT_CARE = "DontCare"


@dataclass(frozen=True)
class LabelledBox:
    """One object. ``box`` is left, top, right, bottom in pixels, right and bottom exclusive.

    ``ignore`` objects are neither hits nor misses; with the label ``DontCare`` of any class.
    ``whole``: the object is its whole picture, nobody drew a box.
    """

    label: str
    box: tuple[float, float, float, float]
    where: str
    ignore: bool = False
    truncated: float = 0.0
    occluded: int = 0
    whole: bool = False


@dataclass(frozen=True)
class LabelledPicture:
    """A picture and its objects. ``key`` is its path under the picture folder, without suffix.

    ``stated`` is the size that the label file claims, ``None`` if the format has none.
    """

    image: Path
    key: str
    width: int
    height: int
    objects: tuple[LabelledBox, ...]
    where: str
    stated: tuple[int, int] | None = None


@dataclass
class Reading:
    """One source, read. ``problems`` are lines that no one can read; the rest are facts to tell."""

    pictures: list[LabelledPicture] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    corrupt: list[Skipped] = field(default_factory=list)
    unlabelled: list[Path] = field(default_factory=list)
    pictureless: list[str] = field(default_factory=list)


class Reader(Protocol):
    """A label format: the module ``train2edge.datasets.<format>``."""

    def read(self, source: Source, names: Sequence[str]) -> Reading:
        """Read ``source``; ``names`` are the experiment's classes, for formats without words."""


class Writer(Protocol):
    """A format that boxes can be written in too."""

    def write(self, pictures: Sequence[LabelledPicture], folder: Path, names: Sequence[str]) -> int:
        """Write labels under ``folder``; the number of boxes that the format cannot say."""
