"""What nvinfer hands to an output parser: the tensors in binding order and the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train2edge.errors import WorkError

READABLE = (np.dtype(np.float32), np.dtype(np.int32), np.dtype(np.int64))


class ParseError(WorkError):
    """The parser reports failure; nvinfer ignores that and goes on with undefined objects."""


class ParserAbort(ParseError):
    """An assertion of the stock parser fails; DeepStream's process would abort here."""


@dataclass(frozen=True, eq=False)
class Layer:
    """One output tensor of one picture: ``dims`` without batch, ``data`` row-major."""

    name: str
    dims: tuple[int, ...]
    data: NDArray[Any]

    @classmethod
    def of(cls, name: str, tensor: NDArray[Any]) -> Layer:
        return cls(name, tensor.shape or (1,), tensor)

    def need_dims(self, count: int, names: str) -> tuple[int, ...]:
        """The first ``count`` dimensions; nvinfer looks at no more. ``ParseError`` for fewer."""
        if len(self.dims) < count:
            raise ParseError(f"tensor '{self.name}' has dimensions {self.dims}, not {names}")
        return self.dims[:count]

    @property
    def is_float(self) -> bool:
        return bool(self.data.dtype == np.float32)

    def floats(self, count: int | None = None) -> NDArray[np.float32]:
        """The first ``count`` values (all if ``None``) as the parser reads them: float32 memory.

        ``ParseError`` if there are fewer, or for another type than float32, int32 and int64.
        Integers become the tiny floats that nvinfer would make of them.
        """
        return self._memory(np.float32, count)

    def ints(self, count: int | None = None) -> NDArray[np.int32]:
        """As ``floats``, for what the parser reads as int32: of an int64 the lower half first."""
        return self._memory(np.int32, count)

    def _memory(self, kind: type[Any], count: int | None) -> NDArray[Any]:
        flat = np.ascontiguousarray(self.data).reshape(-1)
        if flat.dtype not in READABLE:
            raise ParseError(
                f"tensor '{self.name}' is {flat.dtype}; the parser would read its memory as "
                f"{np.dtype(kind)}"
            )
        values: NDArray[Any] = flat.view(kind)
        if count is not None and count > values.size:
            raise ParseError(
                f"tensor '{self.name}' has {values.size} values, the parser reads {count}: "
                "nvinfer would read memory that is not its own"
            )
        return values[:count]


@dataclass(frozen=True)
class Network:
    """The network input: pixels and channels."""

    width: int
    height: int
    channels: int = 3


@dataclass(frozen=True, eq=False)
class ParseParams:
    """``thresholds`` float32 ``[num_classes]``: each class's ``pre-cluster-threshold``."""

    thresholds: NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "thresholds", np.asarray(self.thresholds, np.float32).reshape(-1))

    @property
    def num_classes(self) -> int:
        return len(self.thresholds)

    @property
    def first(self) -> np.float32:
        """Class 0's threshold, which several stock parsers apply to every class."""
        if not self.num_classes:
            raise ParseError("num-detected-classes is 0: nvinfer would read past an empty list")
        return np.float32(self.thresholds[0])


def layers_of(outputs: Mapping[str, NDArray[Any]]) -> tuple[Layer, ...]:
    """The tensors of ONE picture, by name in binding order, as layers."""
    return tuple(Layer.of(name, np.asarray(tensor)) for name, tensor in outputs.items())


def find_layer(layers: Sequence[Layer], name: str, *, last: bool = False) -> Layer | None:
    """The first (or ``last``) float32 layer of exactly that name, as most stock parsers look."""
    found = [one for one in layers if one.name == name and one.is_float]
    if not found:
        return None
    return found[-1] if last else found[0]


def need_layer(layers: Sequence[Layer], name: str, *, last: bool = False) -> Layer:
    """``find_layer``, or ``ParseError`` that names the tensors there are."""
    layer = find_layer(layers, name, last=last)
    if layer is None:
        there = ", ".join(f"{one.name} ({one.data.dtype})" for one in layers) or "none"
        raise ParseError(f"no float32 output tensor '{name}'; there are: {there}")
    return layer
