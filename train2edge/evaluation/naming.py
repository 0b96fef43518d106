"""One name for each picture, so that a file per picture can be written and found again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path


def unique_names(pictures: Sequence[Path]) -> tuple[str, ...]:
    """Their file names; where stems are equal, their folder's name or a number before it.

    The same pictures in the same order give the same names, whoever asks.
    """
    names = [path.name for path in pictures]
    names = [
        name if alone else f"{path.parent.name}__{name}"
        for path, name, alone in zip(pictures, names, _alone(names), strict=True)
    ]
    return tuple(
        name if alone else f"{number}__{name}"
        for number, (name, alone) in enumerate(zip(names, _alone(names), strict=True))
    )


def stem(name: str) -> str:
    """A name without its suffix, for the files that go with it."""
    return name.rpartition(".")[0] or name


def _alone(names: Sequence[str]) -> list[bool]:
    counts = Counter(stem(name) for name in names)
    return [counts[stem(name)] == 1 for name in names]
