"""``nvtracker``: numbers for the objects of every stream, by overlap from frame to frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from deepstream.twin.elements.nvmm import either, template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import NvDsFrameMeta, NvDsObjectMeta, find
from deepstream.twin.metadata.detected import detected
from deepstream.twin.metadata.objects import NvBbox_Coords, NvDsComp_BboxInfo
from deepstream.twin.tracker import IouTracker, Target, TrackerSettings, read_settings
from train2edge.detections import UNTRACKED

FORMAT = either("format=RGBA")
TRACKER_ONLY = -0.1  # NVIDIA's confidence of an object that no detector saw in this frame


class Tracker(GstBase.BaseTransform):  # type: ignore[misc]
    __gtype_name__ = "nvtracker"
    __gstmetadata__ = ("Tracker", "Filter/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", FORMAT), template("src", FORMAT))

    ll_lib_file = GObject.Property(type=str, default="")
    ll_config_file = GObject.Property(type=str, default="")
    tracker_width = GObject.Property(type=GObject.TYPE_UINT, default=960)
    tracker_height = GObject.Property(type=GObject.TYPE_UINT, default=544)
    display_tracking_id = GObject.Property(type=bool, default=True)
    enable_batch_process = GObject.Property(type=bool, default=True)
    enable_past_frame = GObject.Property(type=bool, default=False)
    tracking_id_reset_mode = GObject.Property(type=int, default=0)
    compute_hw = GObject.Property(type=int, default=0)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)

    def __init__(self) -> None:
        super().__init__()
        self.set_in_place(True)
        self.settings = TrackerSettings()
        self.streams: dict[int, IouTracker] = {}
        self.labels: dict[int, str] = {}

    @guarded(False)
    def do_start(self) -> bool:
        if self.ll_config_file:
            self.settings = read_settings(Path(self.ll_config_file))
        self.streams.clear()
        return True

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None:
            raise RuntimeError("nvtracker needs nvstreammux before it")
        for frame in batch.frames:
            tracker = self.streams.setdefault(frame.pad_index, IouTracker(self.settings))
            if frame.bInferDone:
                self._follow(tracker, frame)
            else:
                frame.objects = [self._alone(target) for target in tracker.skip()]
        return Gst.FlowReturn.OK

    def _follow(self, tracker: IouTracker, frame: NvDsFrameMeta) -> None:
        """Number the objects; those on probation are not told of, as NVIDIA's late activation."""
        corners = [one.rect_params.corners for one in frame.objects]
        ids = tracker.update(
            np.array(corners, np.float32).reshape(-1, 4),
            np.array([one.confidence for one in frame.objects], np.float32),
            np.array([one.class_id for one in frame.objects], np.int32),
        )
        for one, number in zip(frame.objects, ids, strict=True):
            one.object_id = int(number)
            rect = one.rect_params
            one.tracker_bbox_info = _box(rect.left, rect.top, rect.width, rect.height)
            one.tracker_confidence = 1.0
            self.labels[one.class_id] = one.obj_label
            self._write(one)
        frame.objects = [one for one in frame.objects if one.object_id != UNTRACKED]

    def _alone(self, target: Target) -> NvDsObjectMeta:
        left, top, right, bottom = (float(value) for value in target.box)
        label = self.labels.get(target.class_id, str(target.class_id))
        coordinates = left, top, right - left, bottom - top
        one = detected(coordinates, target.class_id, label, TRACKER_ONLY)
        one.object_id, one.tracker_confidence = target.number, 1.0
        one.tracker_bbox_info = _box(*coordinates)
        self._write(one)
        return one

    def _write(self, one: NvDsObjectMeta) -> None:
        """The number behind the label, unless the display is to go without."""
        if self.display_tracking_id:
            one.text_params.display_text = f"{one.obj_label} {one.object_id}"


def _box(left: float, top: float, width: float, height: float) -> NvDsComp_BboxInfo:
    box = NvBbox_Coords(left=left, top=top, width=width, height=height)
    return NvDsComp_BboxInfo(org_bbox_coords=box)


ELEMENT = Tracker
