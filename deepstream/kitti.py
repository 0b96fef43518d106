"""deepstream-app's KITTI files: one a frame and stream.

Names are ``00_000_000042.txt``: application, pad, frame (NVIDIA, ``deepstream_app.c``,
``write_kitti_output`` and ``write_kitti_track_output``). Coordinates are streammux pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from train2edge.detections import FrameDetections, write_kitti


class Row(NamedTuple):
    """One object: ``corners`` are left, top, right, bottom; ``track`` its id where it is told."""

    label: str
    corners: tuple[float, float, float, float]
    score: float
    track: int | None = None


def file_stem(pad: int, number: int) -> str:
    return f"00_{pad:03d}_{number:06d}"


def detections(name: str, rows: Sequence[Row]) -> tuple[FrameDetections, list[str]]:
    """``rows`` as one frame's detections, and the label of each; class ids index these labels.

    They have ids where every row has one.
    """
    tracks = [row.track for row in rows if row.track is not None]
    found = FrameDetections(
        name,
        np.array([row.corners for row in rows], np.float32),
        np.array([row.score for row in rows], np.float32),
        np.arange(len(rows), dtype=np.int32),
        np.array(tracks, np.uint64) if len(tracks) == len(rows) else None,
    )
    return found, [row.label for row in rows]


@dataclass
class KittiFolder:
    """Writes frames into ``folder`` and counts them."""

    folder: Path
    written: int = field(default=0)

    @classmethod
    def emptied(cls, folder: Path) -> KittiFolder:
        """A folder without the frames of a run before."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("[0-9][0-9]_[0-9][0-9][0-9]_[0-9]*.txt"):
            old.unlink()
        return cls(folder)

    def write(self, pad: int, number: int, rows: Sequence[Row]) -> None:
        stem = file_stem(pad, number)
        write_kitti(*detections(stem, rows), self.folder / f"{stem}.txt")
        self.written += 1
