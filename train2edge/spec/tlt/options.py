"""What the command line says that an old specification cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from train2edge.errors import InputError


@dataclass(frozen=True)
class Options:
    """``pairs`` of ``--images`` and ``--labels`` stand for the sources to learn from."""

    pairs: tuple[tuple[str, str | None], ...] = ()
    classes: tuple[str, ...] = ()


def options(images: Sequence[str], labels: Sequence[str], classes: Sequence[str]) -> Options:
    """``InputError`` where the options do not go together."""
    if labels and len(labels) != len(images):
        raise InputError(
            f"{len(images)} times --images and {len(labels)} times --labels",
            where="--labels",
            hint="give --labels once for every --images",
        )
    beside: list[str | None] = [*labels] if labels else [None] * len(images)
    return Options(tuple(zip(images, beside, strict=True)), tuple(classes))
