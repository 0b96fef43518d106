"""nvinfer's post-processing once more: slow, scalar, from its documented rules alone.

One file a family of vectors. Nothing here imports the code under test. Boxes are tuples left, top,
width, height, score (``float32``) and class; every operation is one ``float32`` operation, every
comparison C's, in which a number that is none compares false.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

F = np.float32


class Box(NamedTuple):
    left: Any
    top: Any
    width: Any
    height: Any
    score: Any
    class_id: int

    @classmethod
    def of(cls, row: Iterable[Any]) -> Box:
        return cls._make(row)


class Tensor(NamedTuple):
    """``values``: the tensor's memory; ``dims`` as told, which need not be its shape."""

    name: str
    dims: tuple[int, ...]
    values: Any

    @property
    def flat(self) -> Any:
        return self.values.reshape(-1).view(F)

    @property
    def first_int(self) -> int:
        return int(self.values.reshape(-1).view(np.int32)[0])


class FailureError(Exception):
    """The parser reports failure, or its process would abort."""


def clamp(value: Any, size: int) -> Any:
    """The stock library's macro, 0 to the last pixel; NaN is not below, so it is the last."""
    least = value if value < F(size - 1) else F(size - 1)
    return least if least > 0 else F(0)


def c_int(value: Any) -> int:
    """``(int)`` of a float on x86-64."""
    return int(value) if abs(value) < 2**31 else -(2**31)


def c_unsigned(value: Any) -> int:
    """``(unsigned int)`` of a float on x86-64: the lower half of 64 bits."""
    return (int(value) if abs(value) < 2**63 else -(2**63)) % 2**32
