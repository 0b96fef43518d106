"""``nvinfer``: the network on every frame of a batch, its objects into the metadata.

Pre- and post-processing are ``train2edge.nvinfer``'s, shared with training's evaluation. What is
read from the configuration is what nvinfer reads; TensorRT engines are not looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2

from deepstream.twin import detector
from deepstream.twin.elements.nvmm import either, template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import NvDsFrameMeta, find, picture
from deepstream.twin.metadata.detected import detected
from train2edge.detections import FrameDetections
from train2edge.errors import InputError

FORMAT = either("format=RGBA")


class Infer(GstBase.BaseTransform):  # type: ignore[misc]
    __gstmetadata__ = ("Inference", "Filter/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", FORMAT), template("src", FORMAT))

    config_file_path = GObject.Property(type=str, default="")
    batch_size = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="0: the file's")
    interval = GObject.Property(type=int, default=-1, nick="-1: the file's")
    unique_id = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="0: the file's")
    process_mode = GObject.Property(type=GObject.TYPE_UINT, default=1)
    model_engine_file = GObject.Property(type=str, default="")
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    engine = GObject.Property(type=str, default="auto", nick="the twin's own: how to run it")

    def __init__(self) -> None:
        super().__init__()
        self.set_in_place(True)
        self.detector: detector.Detector | None = None
        self.batches = 0

    @guarded(False)
    def do_start(self) -> bool:
        if not self.config_file_path:
            raise InputError("nvinfer needs config-file-path", where=self.get_name())
        self.detector = detector.load(
            Path(self.config_file_path),
            engine=self.engine,
            batch_size=self.batch_size or None,
            interval=None if self.interval < 0 else self.interval,
        )
        self.batches = 0
        return True

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None:
            raise RuntimeError("nvinfer needs nvstreammux before it")
        assert self.detector is not None
        due = self.batches % (self.detector.interval + 1) == 0
        self.batches += 1
        if due:
            pictures = [_rgb(buffer, frame) for frame in batch.frames]
            for frame, found in zip(batch.frames, self.detector(pictures), strict=True):
                self._attach(frame, found)
        return Gst.FlowReturn.OK

    def _attach(self, frame: NvDsFrameMeta, found: FrameDetections) -> None:
        assert self.detector is not None
        frame.bInferDone = 1
        for box, score, class_id in zip(found.boxes, found.scores, found.class_ids, strict=True):
            left, top, right, bottom = (float(value) for value in box)
            one = detected(
                (left, top, right - left, bottom - top),
                int(class_id),
                self.detector.label(int(class_id)),
                float(score),
                self.unique_id or self.detector.settings.gie_unique_id,
            )
            one.rect_params.border_color.set(*self.detector.border_color(int(class_id)))
            frame.objects.append(one)


def _rgb(buffer: Any, frame: NvDsFrameMeta) -> Any:
    with buffer.get_memory(frame.batch_id).map(Gst.MapFlags.READ) as info:
        return cv2.cvtColor(picture(info.data, frame), cv2.COLOR_RGBA2RGB)


ELEMENT = Infer
