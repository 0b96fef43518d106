"""What the user of an import says beyond its recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exporter.imports.recipe import Letterbox
from train2edge.bundle import Precision
from train2edge.contract import Color


@dataclass(frozen=True)
class Wishes:
    """``None`` leaves it to recipe and file; ``size`` is width and height."""

    size: tuple[int, int] | None = None
    labels: Path | None = None
    color: Color | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    letterbox: Letterbox | None = None
    rows: int | None = None
    operating: float | None = None
    name: str | None = None
    precision: Precision = "int8"
    method: str | None = None
    pictures: int | None = None
    check: bool = True
    nms: Literal["topk", "efficient"] = "topk"
    max_drop: float | None = None
    min_sqnr: float | None = None
    outputs: tuple[str, ...] = ()
