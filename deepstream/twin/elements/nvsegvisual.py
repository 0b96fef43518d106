"""``nvsegvisual``: the classes of a semantic segmentation as coloured pictures."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.twin.elements.resized import Resized
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, NvDsMetaType, attach
from deepstream.twin.metadata.infer import NvDsInferSegmentationMeta
from deepstream.twin.style import PALETTE

KIND = NvDsMetaType.NVDSINFER_SEGMENTATION_META
Picture = NDArray[np.uint8]
NOTHING = (0, 0, 0)  # the colour of a pixel of no class


class SegVisual(Resized):
    """One picture of ``width`` x ``height`` for every frame of the batch."""

    __gtype_name__ = "nvsegvisual"
    __gstmetadata__ = ("Segmentation display", "Filter/Video", "train2edge twin", "train2edge")

    unique_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    batch_size = GObject.Property(type=GObject.TYPE_UINT, default=1)
    alpha = GObject.Property(type=float, default=0.5, nick="of the colours over the picture")
    original_background = GObject.Property(type=bool, default=False, nick="show the picture too")
    operate_on_seg_meta_id = GObject.Property(type=int, default=-1, nick="-1: any network's")
    class_id = GObject.Property(type=int, default=-1)
    gpu_on = GObject.Property(type=bool, default=True)
    qos = GObject.Property(type=bool, default=False)

    def __init__(self) -> None:
        super().__init__()
        self.palette: Picture = np.array([*PALETTE, NOTHING], np.uint8)

    def made(self, buffer: Any, batch: NvDsBatchMeta) -> Any:
        out = Gst.Buffer.new()
        out.pts, out.duration = buffer.pts, buffer.duration
        for frame in batch.frames:
            picture = self._picture(frame, hash(buffer))
            out.append_memory(Gst.Buffer.new_wrapped(picture.tobytes()).get_memory(0))
        attach(out, self._moved(batch))
        return out

    def _picture(self, frame: NvDsFrameMeta, buffer: int) -> Picture:
        size = (self.width, self.height)
        found = self._found(frame)
        if found is None or found.classes_of is None:
            colors = np.zeros((*size[::-1], 3), np.uint8)
        else:
            classes = cv2.resize(found.classes_of, size, interpolation=cv2.INTER_NEAREST)
            count = len(self.palette) - 1
            colors = self.palette[np.where(classes < 0, count, classes % count)]
        opaque = np.full((*size[::-1], 1), 255, np.uint8)
        if self.original_background:
            pixels = self.colors.rgba(buffer, frame.batch_id, frame.width, frame.height)
            below = cv2.resize(pixels, size)[..., :3]
            colors = cv2.addWeighted(colors, self.alpha, below, 1 - self.alpha, 0)
        return np.concatenate([colors, opaque], axis=2)

    def _found(self, frame: NvDsFrameMeta) -> NvDsInferSegmentationMeta | None:
        """The last segmentation of the frame that is wanted."""
        wanted = self.operate_on_seg_meta_id
        metas = [one.content for one in frame.users if one.base_meta.meta_type == KIND]
        found = [one for one in metas if wanted in (-1, one.unique_id)]
        return found[-1] if found else None

    def _moved(self, batch: NvDsBatchMeta) -> NvDsBatchMeta:
        """The same metadata, its boxes in the new pictures' pixels."""
        moved = batch.copy()
        for index, frame in enumerate(moved.frames):
            x, y = self.width / frame.width, self.height / frame.height
            for one in frame.objects:
                box = one.rect_params
                box.left, box.width = box.left * x, box.width * x
                box.top, box.height = box.top * y, box.height * y
            frame.batch_id, frame.width, frame.height = index, self.width, self.height
        moved.surfaces = len(moved.frames)
        return moved


ELEMENT = SegVisual
