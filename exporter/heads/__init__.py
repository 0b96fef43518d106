"""Heads of foreign detectors, one a file: the file's stem is the name in an import recipe.

Each knows what its raw outputs look like (``classes``), draws their decoding into the graph
(``attach``) and says the same in NumPy (``reference``), which the drawing is checked against.
``attach`` gives ``None`` where the outputs are what nvinfer's own parser reads already. Boxes are
left, top, right, bottom in pixels of the network's input.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter.surgery.pen import Pen
from train2edge.errors import InputError

Floats = NDArray[np.float32]
Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class HeadPlan:
    """What a head has to know: the input's size, and its recipe's own settings."""

    width: int
    height: int
    settings: Mapping[str, Any]

    def numbers(self, key: str) -> tuple[int, ...]:
        return tuple(self.settings[key])


class Decoded(NamedTuple):
    """Tensors ``boxes`` ``[N, A, 4]`` and ``scores`` ``[N, A, C]`` of all A candidates."""

    boxes: gs.Variable
    scores: gs.Variable


class Raw(NamedTuple):
    """The same as numbers."""

    boxes: Floats
    scores: Floats


class Head(Protocol):
    """A module of this folder."""

    DEFAULTS: Mapping[str, Any]

    def classes(self, outputs: Sequence[Shape], plan: HeadPlan) -> int: ...
    def attach(
        self, pen: Pen, outputs: Sequence[gs.Variable], plan: HeadPlan
    ) -> Decoded | None: ...
    def reference(self, outputs: Sequence[Floats], plan: HeadPlan) -> Raw: ...


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every head's name; imports none of them."""
    found = (one.name for one in pkgutil.iter_modules(__path__) if one.name != "anchors")
    return tuple(sorted(found))


def load(name: str) -> Head:
    if name not in names():
        raise InputError(f"no head '{name}'", hint=f"one of: {', '.join(names())}")
    return cast(Head, import_module(f"{__name__}.{name}"))


def shown(outputs: Sequence[Shape]) -> str:
    """Shapes for a message."""
    texts = ("x".join("?" if one is None else str(one) for one in shape) for shape in outputs)
    return ", ".join(texts) or "none"
