"""deepstream-app's KITTI files: one a frame and stream, before the tracker and after it.

Names are ``00_000_000042.txt``: application, pad, frame (NVIDIA, ``deepstream_app.c``,
``write_kitti_output`` and ``write_kitti_track_output``). Coordinates are streammux pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta
from train2edge.detections import UNTRACKED, FrameDetections, write_kitti


@dataclass
class KittiFolder:
    """Writes every batch that passes into ``folder``; ``tracked`` adds the object's id."""

    folder: Path
    tracked: bool
    written: int = field(default=0)

    def write(self, batch: NvDsBatchMeta) -> None:
        for frame in batch.frames:
            detections, labels = frame_detections(frame, tracked=self.tracked)
            write_kitti(detections, labels, self.folder / file_name(frame))
            self.written += 1


def file_name(frame: NvDsFrameMeta) -> str:
    return f"00_{frame.pad_index:03d}_{frame.frame_num:06d}.txt"


def frame_detections(frame: NvDsFrameMeta, *, tracked: bool) -> tuple[FrameDetections, list[str]]:
    """The frame's objects, and the label of each; its class ids index these labels."""
    objects = [one for one in frame.objects if not tracked or one.object_id != UNTRACKED]
    corners = [
        (one.tracker_bbox_info.org_bbox_coords if tracked else one.rect_params).corners
        for one in objects
    ]
    scores = [one.tracker_confidence if tracked else one.confidence for one in objects]
    found = FrameDetections(
        str(frame.frame_num),
        np.array(corners, np.float32),
        np.array(scores, np.float32),
        np.arange(len(objects), dtype=np.int32),
        np.array([one.object_id for one in objects], np.uint64) if tracked else None,
    )
    return found, [one.obj_label for one in objects]
