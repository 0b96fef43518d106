"""``task:`` what is learned, and the defaults that differ by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Task = Literal["detection", "classification"]

ARCHITECTURES: Mapping[str, tuple[str, ...]] = {
    "detection": ("detectnet_v2",),
    "classification": ("classifier",),
}

# nvinfer stretches an object to a secondary network's input unless it is told otherwise
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "detection": {},
    "classification": {
        "model": {
            "architecture": "classifier",
            "input": {"width": 128, "height": 128, "maintain_aspect_ratio": False},
        }
    },
}


def with_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """An experiment's plain values over the defaults of its task; an unknown task has none."""
    task = values.get("task")
    return _over(DEFAULTS.get(task, {}) if isinstance(task, str) else {}, values)


def _over(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**defaults, **given}
    for key, value in defaults.items():
        if isinstance(value, Mapping) and isinstance(given.get(key), Mapping):
            merged[key] = _over(value, given[key])
    return merged
