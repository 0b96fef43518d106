"""What nvdspreprocess is told to look at, and what a part of a frame is made into."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import InputContract
from train2edge.errors import Problem
from train2edge.nvinfer.geometry import Rect

ALL = -1


@dataclass(frozen=True)
class Group:
    """Sources and what of their frames is looked at.

    ``sources``: -1 means all that no other group names. ``regions`` by source, left, top, width
    and height in pixels of the frame; none: whole frames, or all objects. ``least`` and ``most``:
    width and height of an object, 0 for no limit.
    """

    sources: tuple[int, ...]
    regions: dict[int, tuple[Rect, ...]] = field(default_factory=dict)
    class_ids: tuple[int, ...] = ()
    least: tuple[int, int] = (0, 0)
    most: tuple[int, int] = (0, 0)
    interval: int = 0
    draw: bool = True
    color: tuple[float, ...] = (0.0, 1.0, 0.0, 1.0)

    def of(self, source: int) -> tuple[Rect, ...]:
        """The regions of a source; a group for all sources has those of its first line."""
        if source in self.regions or not self.regions:
            return self.regions.get(source, ())
        return next(iter(self.regions.values())) if ALL in self.sources else ()


@dataclass(frozen=True)
class PreprocessSettings:
    """``batch``: rows of a tensor; ``contract``: how a region becomes one of them.

    ``mean``: the picture of a mean-file, float32 CHW. ``operate_on``: the component whose objects
    are looked at, -1 for every one.
    """

    path: Path
    contract: InputContract
    batch: int
    nhwc: bool = False
    half: bool = False
    mean: NDArray[np.float32] | None = None
    enable: bool = True
    on_frame: bool = True
    unique_id: int = 15
    targets: tuple[int, ...] = ()
    operate_on: int = -1
    groups: tuple[Group, ...] = ()
    notes: tuple[Problem, ...] = ()

    def group_of(self, source: int) -> int | None:
        """The number of the group that a source belongs to."""
        named = [at for at, one in enumerate(self.groups) if source in one.sources]
        other = [at for at, one in enumerate(self.groups) if ALL in one.sources]
        return next(iter((*named, *other)), None)
