"""What the user may choose of an engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from train2edge.bundle import Precision


@dataclass(frozen=True)
class EngineOptions:
    """What the user may choose. ``None`` means: as nvinfer does it, or as TensorRT thinks best.

    ``batch`` is the largest, ``optimum`` the one that is tuned for. ``layers`` maps a layer's
    name to its precision, ``workspace`` is in MiB, ``cache`` a calibration cache's file name;
    ``calibrate`` lets TensorRT choose the INT8 ranges from pictures itself. With ``nms_inside``
    the engine removes overlaps, by ``EfficientNMS_TRT``.
    """

    batch: int = 1
    optimum: int | None = None
    dla: int | None = None
    precision: Precision | None = None
    layers: Mapping[str, str] | None = None
    workspace: int | None = None
    timing_cache: str | None = None
    cache: str | None = None
    calibrate: bool = False
    nms_inside: bool = False
