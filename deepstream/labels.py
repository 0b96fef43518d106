"""Class names as DeepStream needs them: one word each, or KITTI files cannot be read back."""

from __future__ import annotations

from collections.abc import Sequence

from deepstream.settings import check_text
from train2edge.errors import InputError


def written(classes: Sequence[str]) -> tuple[str, ...]:
    """The names as they stand in ``labels.txt``: spaces become underscores.

    Raises ``InputError`` for names that DeepStream would split or drop (``;``, empty), and for
    two names that would become one.
    """
    if not classes:
        raise InputError("the model has no classes")
    labels = tuple(_written(one) for one in classes)
    twice = sorted({one for one in labels if labels.count(one) > 1})
    if twice:
        raise InputError(f"two classes would both be written as {twice[0]!r} in labels.txt")
    return labels


def _written(name: str) -> str:
    check_text(name, "class name")
    if not name:
        raise InputError("a class name is empty: DeepStream skips empty lines of labels.txt")
    if ";" in name:
        raise InputError(
            f"class name {name!r} holds ';', at which DeepStream splits a line of labels.txt",
            hint="map it to another name with dataset.map",
        )
    return "_".join(name.split())
