"""From the twin's metadata to KITTI files: before the tracker and after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from deepstream.kitti import KittiFolder, Row
from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta
from train2edge.detections import UNTRACKED


@dataclass(frozen=True)
class KittiBatches:
    """Writes every batch that passes into ``files``; ``tracked`` adds the object's id."""

    files: KittiFolder
    tracked: bool

    def write(self, batch: NvDsBatchMeta) -> None:
        rows = _tracked if self.tracked else _detected
        for frame in batch.frames:
            self.files.write(frame.pad_index, frame.frame_num, list(rows(frame)))


def _detected(frame: NvDsFrameMeta) -> Iterator[Row]:
    for one in frame.objects:
        yield Row(one.obj_label, one.rect_params.corners, one.confidence)


def _tracked(frame: NvDsFrameMeta) -> Iterator[Row]:
    for one in frame.objects:
        if one.object_id != UNTRACKED:
            corners = one.tracker_bbox_info.org_bbox_coords.corners
            yield Row(one.obj_label, corners, one.tracker_confidence, one.object_id)
