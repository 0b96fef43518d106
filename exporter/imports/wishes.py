"""What the user says of an import beyond the recipe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exporter.imports.recipe import Letterbox
from exporter.surgery.append_topk import LARGEST
from train2edge.bundle import Precision
from train2edge.contract import Color
from train2edge.errors import Problem, ProblemsError


@dataclass(frozen=True)
class Wishes:
    """``None`` leaves a thing to recipe and file; ``size`` is width and height."""

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

    def refuse(self, *, lists: bool, pictures: int | None, scored: bool) -> None:
        """``ProblemsError`` with all that would be of no effect, or cannot be.

        ``lists`` says whether the outputs are lists of boxes, ``pictures`` how many there are to
        calibrate on, ``scored`` whether there are labels.
        """
        found = [*self._idle(lists, scored), *self._impossible(pictures)]
        if found:
            raise ProblemsError(found)

    def _idle(self, lists: bool, scored: bool) -> Iterator[Problem]:
        of_int8 = ("method", "pictures", "max_drop", "min_sqnr")
        for name in of_int8 if self.precision != "int8" else ():
            if getattr(self, name) is not None:
                said = f"of no effect with --precision {self.precision}"
                yield Problem(f"--{name.replace('_', '-')}", said, "it is about INT8")
        if self.precision == "int8" and self.max_drop is not None and not scored:
            yield Problem("--max-drop", "of no effect without labelled pictures", "--data FOLDER")
        if not lists and self.nms == "efficient":
            yield Problem("--nms", "this recipe has no list of boxes for a plugin", "--nms topk")
        if not lists and self.rows is not None:
            yield Problem("--rows", "this recipe has no list of boxes, its whole grid leaves")

    def _impossible(self, pictures: int | None) -> Iterator[Problem]:
        if self.rows is not None and self.rows > LARGEST:
            yield Problem("--rows", f"{self.rows}; TensorRT's TopK gives at most {LARGEST}")
        if pictures is not None and (self.pictures or 0) > pictures:
            said = f"{self.pictures} calibration pictures asked for, there are {pictures}"
            yield Problem("--pictures", said, "without it all are taken, up to 64")
