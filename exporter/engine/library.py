"""The door to TensorRT's Python package: the only place that imports it."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from train2edge.errors import MissingError

PACKAGE = "tensorrt"


def load(hint: str) -> Any:
    """The module; ``MissingError`` (exit 3) with ``hint`` where it is not installed."""
    if importlib.util.find_spec(PACKAGE) is None:
        raise MissingError("TensorRT is not installed here; engines live on the device", hint=hint)
    return importlib.import_module(PACKAGE)


def logger(trt: Any) -> Any:
    """TensorRT's own, from warnings on, to stderr; TensorRT's plugins are made known by it.

    Our graphs need none, but one of the user's may end in ``EfficientNMS_TRT``.
    """
    made = trt.Logger(trt.Logger.WARNING)
    trt.init_libnvinfer_plugins(made, "")
    return made
