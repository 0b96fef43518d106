"""nvinfer's clustering modes, one a file: ``cluster(objects, thresholds)`` for ONE class."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module
from typing import Protocol, cast

from train2edge.contract import ClassThresholds
from train2edge.errors import InputError
from train2edge.nvinfer.objects import Objects


class Clustering(Protocol):
    """A module of this folder; ``MODE`` is the value of nvinfer's ``cluster-mode``."""

    MODE: int

    def cluster(self, objects: Objects, thresholds: ClassThresholds) -> Objects: ...


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every mode's name; imports none of them."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(__path__)))


def load(name: str) -> Clustering:
    """The clustering of that name; ``InputError`` that lists the names otherwise."""
    if name not in names():
        raise InputError(f"no clustering '{name}'", hint=f"one of: {', '.join(names())}")
    return cast(Clustering, import_module(f"{__name__}.{name}"))
