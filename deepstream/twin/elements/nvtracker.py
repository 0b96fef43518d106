"""``nvtracker``: numbers for the objects of every stream, by overlap from frame to frame.

What NVIDIA's library is told by its configuration file and how much of it is done here is
``deepstream.twin.tracker``'s; what is left out is said on the bus.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from deepstream.twin.colors import BATCHED
from deepstream.twin.elements.nvevent import RESET, read
from deepstream.twin.elements.nvmm import template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded, warn
from deepstream.twin.metadata import (
    NvDsBatchMeta,
    NvDsFrameMeta,
    NvDsMetaType,
    NvDsObjectMeta,
    NvDsUserMeta,
    find,
)
from deepstream.twin.metadata.detected import detected
from deepstream.twin.metadata.history import (
    NvDsTargetMiscDataBatch,
    NvDsTargetMiscDataFrame,
    NvDsTargetMiscDataObject,
    NvDsTargetMiscDataStream,
)
from deepstream.twin.metadata.objects import NvBbox_Coords, NvDsComp_BboxInfo
from deepstream.twin.metadata.osd import NvOSD_RectParams
from deepstream.twin.tracker import IouTracker, Past, Target, TrackerSettings, read_settings
from train2edge.detections import UNTRACKED
from train2edge.errors import InputError

TRACKER_ONLY = -0.1  # NVIDIA's confidence of an object that no detector saw in this frame
RESET_MODES = (1, 3)  # of tracking-id-reset-mode: on a reset of the stream
LIBRARIES = (
    "libnvds_nvmultiobjecttracker.so",
    "libnvds_mot_iou.so",  # the three of DeepStream 5
    "libnvds_mot_klt.so",
    "libnvds_nvdcf.so",
)


class Tracker(GstBase.BaseTransform):  # type: ignore[misc]
    """``ll-config-file`` may be a list with ``;``, a file for each of ``sub-batches``."""

    __gtype_name__ = "nvtracker"
    __gstmetadata__ = ("Tracker", "Filter/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", BATCHED), template("src", BATCHED))

    ll_lib_file = GObject.Property(type=str, default="")
    ll_config_file = GObject.Property(type=str, default="")
    tracker_width = GObject.Property(type=GObject.TYPE_UINT, default=960)
    tracker_height = GObject.Property(type=GObject.TYPE_UINT, default=544)
    display_tracking_id = GObject.Property(type=bool, default=True)
    enable_batch_process = GObject.Property(type=bool, default=True)
    enable_past_frame = GObject.Property(type=bool, default=False)
    tracking_id_reset_mode = GObject.Property(type=int, default=0)
    tracking_surface_type = GObject.Property(type=GObject.TYPE_UINT, default=0)
    input_tensor_meta = GObject.Property(type=bool, default=False)
    tensor_meta_gie_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    sub_batches = GObject.Property(type=str, default="", nick="0,1;2,3 or 2:2")
    sub_batch_err_recovery_trial_cnt = GObject.Property(type=int, default=0)
    user_meta_pool_size = GObject.Property(type=GObject.TYPE_UINT, default=32)
    compute_hw = GObject.Property(type=int, default=0)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)

    def __init__(self) -> None:
        super().__init__()
        self.set_in_place(True)
        self.settings: list[TrackerSettings] = [TrackerSettings()]
        self.parts: dict[int, int] = {}
        self.streams: dict[int, IouTracker] = {}
        self.labels: dict[int, str] = {}
        self.numbers: Iterator[int] = itertools.count()

    @guarded(False)
    def do_start(self) -> bool:
        library = PurePath(self.ll_lib_file).name
        if library and library not in LIBRARIES:
            message = f"the CPU twin cannot load ll-lib-file={self.ll_lib_file}"
            hint = f"it stands in for {LIBRARIES[0]}"
            raise InputError(message, where=self.get_name(), hint=hint)
        files = [one for one in self.ll_config_file.split(";") if one]
        self.settings = [read_settings(Path(one)) for one in files] or [TrackerSettings()]
        self.parts = self._parts(len(self.settings))
        self._say()
        self.streams.clear()
        # One count for all streams: numbers are unique in a pipeline, as on the device.
        self.numbers = itertools.count()
        return True

    def _parts(self, files: int) -> dict[int, int]:
        """The file for each stream: that of its sub-batch."""
        try:
            parts = _sub_batches(self.sub_batches)
        except ValueError:
            message = f"sub-batches='{self.sub_batches}' is not like 0,1;2,3 or 2:2"
            raise InputError(message, where=self.get_name()) from None
        if files > 1 and files != len(set(parts.values())):
            message = f"{files} files in ll-config-file, {len(set(parts.values()))} sub-batches"
            raise InputError(message, where=self.get_name())
        return parts if files > 1 else {}

    def _say(self) -> None:
        for one in self.settings:
            for note in one.notes:
                warn(self, str(note))
            for missing in one.left_out:
                warn(self, f"the CPU twin tracks by overlap, without {missing}")

    def _new(self, stream: int) -> IouTracker:
        settings = self.settings[min(self.parts.get(stream, 0), len(self.settings) - 1)]
        if not settings.use_unique_id:
            return IouTracker(settings, self.numbers)
        return IouTracker(settings, itertools.count(secrets.randbits(32) << 32))

    @guarded(False)
    def do_sink_event(self, event: Any) -> bool:
        """NVIDIA's event that a source begins anew: its targets get new numbers, if asked to."""
        reset = read(event, RESET)
        if reset is not None and self.tracking_id_reset_mode in RESET_MODES:
            self.streams.pop(reset.get_uint("source-id")[1], None)
        return bool(GstBase.BaseTransform.do_sink_event(self, event))

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None:
            raise RuntimeError("nvtracker needs nvstreammux before it")
        for frame in batch.frames:
            # Frame 0 of a known pad: a source was taken out and another one put in its place.
            if frame.pad_index not in self.streams or frame.frame_num == 0:
                self.streams[frame.pad_index] = self._new(frame.pad_index)
            tracker = self.streams[frame.pad_index]
            if frame.bInferDone:
                self._follow(tracker, frame)
            else:
                frame.objects = [self._alone(target) for target in tracker.skip()]
        if self.enable_past_frame:
            self._tell_past(batch)
        return Gst.FlowReturn.OK

    def _tell_past(self, batch: NvDsBatchMeta) -> None:
        streams = [
            NvDsTargetMiscDataStream(
                streamID=frame.pad_index,
                surfaceStreamID=frame.pad_index,
                items=[self._past(*one) for one in self.streams[frame.pad_index].past.values()],
            )
            for frame in batch.frames
            if frame.bInferDone and self.streams[frame.pad_index].past
        ]
        if streams:
            kind = NvDsMetaType.NVDS_TRACKER_PAST_FRAME_META
            batch.users.append(NvDsUserMeta.of(kind, NvDsTargetMiscDataBatch(items=streams)))

    def _past(self, target: Target, frames: list[Past]) -> NvDsTargetMiscDataObject:
        return NvDsTargetMiscDataObject(
            uniqueId=target.number,
            classId=target.class_id,
            objLabel=self.labels.get(target.class_id, ""),
            items=[_past_frame(one) for one in frames],
        )

    def _follow(self, tracker: IouTracker, frame: NvDsFrameMeta) -> None:
        """Number the objects; those on probation are not told of, as NVIDIA's late activation."""
        corners = [one.rect_params.corners for one in frame.objects]
        ids = tracker.update(
            np.array(corners, np.float32).reshape(-1, 4),
            np.array([one.confidence for one in frame.objects], np.float32),
            np.array([one.class_id for one in frame.objects], np.int32),
            frame.frame_num,
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


def _past_frame(one: Past) -> NvDsTargetMiscDataFrame:
    left, top, right, bottom = one.box
    box = NvOSD_RectParams(left=left, top=top, width=right - left, height=bottom - top)
    return NvDsTargetMiscDataFrame(
        frameNum=one.frame, tBbox=box, confidence=one.confidence, age=one.age
    )


def _sub_batches(text: str) -> dict[int, int]:
    """Stream to sub-batch, of ``0,1;2,3`` (the streams of each) or ``2:2`` (how many each has)."""
    if not text:
        return {}
    if ":" in text:
        sizes = [int(one) for one in text.split(":")]
        parts = [part for part, size in enumerate(sizes) for _ in range(size)]
        return dict(enumerate(parts))
    groups = [one for one in text.split(";") if one]
    return {int(one): part for part, group in enumerate(groups) for one in group.split(",")}


ELEMENT = Tracker
