"""TensorRT releases as data (``configs/tensorrt.yaml``): what came with which, and what went."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TypeVar

import yaml

from train2edge.errors import InputError

Version = tuple[int, ...]
Value = TypeVar("Value")
_WIDER_SINCE = 10


@dataclass(frozen=True)
class TensorRTFacts:
    """``*_first`` and ``*_last`` are inclusive; mappings hold from their key on, oldest first."""

    read_first: Version
    read_last: Version
    dla_last: Version
    dla_again: Mapping[str, Version]
    weak_typing_last: Version
    strong_typing_first: Version
    compute_capability: Mapping[Version, str]
    opset: Mapping[Version, int]
    workspace_pool_first: Version
    layer_precisions_first: Version
    doubts: tuple[str, ...]

    def is_too_old(self, version: Version) -> bool:
        return version < self.read_first

    def is_newer(self, version: Version) -> bool:
        """Than every release that was read of."""
        return not _until(version, self.read_last)

    def has_dla(self, version: Version, target: str) -> bool:
        again = self.dla_again.get(target)
        return _until(version, self.dla_last) or (again is not None and version >= again)

    def has_weak_typing(self, version: Version) -> bool:
        """Precision flags, calibration caches and layer precisions."""
        return _until(version, self.weak_typing_last)

    def has_strong_typing(self, version: Version) -> bool:
        """Precisions by the graph's own types."""
        return version >= self.strong_typing_first

    def lowest_capability(self, version: Version) -> str:
        return _since(self.compute_capability, version) or "5.0"

    def highest_opset(self, version: Version) -> int | None:
        """What TensorRT 8 documents; later releases take every opset of this project."""
        return _since(self.opset, version) if version[0] <= 8 else None


def parse(version: str, *, where: str | None = None) -> Version:
    """``10.3.0`` as numbers; ``InputError`` for anything else, found at ``where``."""
    parts = version.split(".")
    if not all(part.isdigit() for part in parts):
        raise InputError(
            f"'{version}' is not a TensorRT version", where=where, hint="for example 10.3.0"
        )
    return tuple(int(part) for part in parts)


def number(version: Version) -> int:
    """As TensorRT counts itself (``NvInferVersion.h``): 8.6.1 is 8601, 10.3.0 is 100300.

    Calibration caches carry it in their first line, and one with another number is not read.
    """
    major, minor, patch = (*version, 0, 0)[:3]
    return major * (10_000 if major >= _WIDER_SINCE else 1_000) + 100 * minor + patch


@functools.cache
def facts() -> TensorRTFacts:
    text = resources.files("configs").joinpath("tensorrt.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    return TensorRTFacts(
        read_first=parse(data["read"]["first"]),
        read_last=parse(data["read"]["last"]),
        dla_last=parse(data["dla"]["last"]),
        dla_again={name: parse(one) for name, one in data["dla"]["again"].items()},
        weak_typing_last=parse(data["weak_typing"]["last"]),
        strong_typing_first=parse(data["strong_typing"]["first"]),
        compute_capability={parse(k): one for k, one in data["compute_capability"].items()},
        opset={parse(key): one for key, one in data["opset"].items()},
        workspace_pool_first=parse(data["workspace_pool"]),
        layer_precisions_first=parse(data["layer_precisions"]),
        doubts=tuple(data["doubts"]),
    )


def _until(version: Version, last: Version) -> bool:
    return version[: len(last)] <= last


def _since(values: Mapping[Version, Value], version: Version) -> Value | None:
    known = [value for first, value in values.items() if version >= first]
    return known[-1] if known else None
