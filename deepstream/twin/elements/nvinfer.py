"""``nvinfer``: a network on frames, objects or regions, by NVIDIA's own configuration file.

Pre- and post-processing are ``train2edge.nvinfer``'s, shared with training's evaluation. What is
read from the configuration is what nvinfer reads; TensorRT engines are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from deepstream.twin.gst import GObject
from deepstream.twin.inference import network
from deepstream.twin.inference.element import InferElement
from train2edge.errors import InputError, T2EError
from train2edge.nvinfer import settings as infer_settings
from train2edge.nvinfer.settings import InferSettings

Read = Callable[[Any], Any]
PLAIN: Read = lambda value: value  # noqa: E731 (a property's value is the setting's)


def _numbers(text: str) -> tuple[int, ...]:
    """``0;2;`` as numbers; nvinfer's property takes ``:`` as well."""
    return tuple(int(one) for one in text.replace(":", ";").split(";") if one.strip())


def _listed(numbers: tuple[int, ...]) -> str:
    return ";".join(map(str, numbers))


def _setting(
    field: str, kind: Any, default: Any, read: Read = PLAIN, show: Read = PLAIN, nick: str = ""
) -> Any:
    """A property in the place of a key of the file; until it is set it tells the file's value."""

    def get(self: Infer) -> Any:
        return (
            show(self.given[field]) if field in self.given else self.of_file(field, default, show)
        )

    def set_(self: Infer, value: Any) -> None:
        self.given[field] = read(value)

    return GObject.Property(getter=get, setter=set_, type=kind, default=default, nick=nick)


class Infer(InferElement):
    """Properties that are set have the last word over the file, as NVIDIA's."""

    __gstmetadata__ = ("Inference", "Filter/Video", "train2edge twin", "train2edge")

    config_file_path = GObject.Property(type=str, default="")
    unique_id = _setting("gie_unique_id", GObject.TYPE_UINT, 15)
    process_mode = _setting("process_mode", GObject.TYPE_UINT, 1)
    batch_size = _setting("batch_size", GObject.TYPE_UINT, 1)
    interval = _setting("interval", GObject.TYPE_UINT, 0)
    infer_on_gie_id = _setting("operate_on_gie_id", int, -1)
    infer_on_class_ids = _setting("operate_on_class_ids", str, "", _numbers, _listed)
    filter_out_class_ids = _setting("filter_out_class_ids", str, "", _numbers, _listed)
    gpu_id = _setting("gpu_id", GObject.TYPE_UINT, 0)
    output_tensor_meta = _setting("output_tensor_meta", bool, False)
    output_instance_mask = _setting("output_instance_mask", bool, False)
    input_tensor_meta = _setting("input_tensor_from_meta", bool, False)
    crop_objects_to_roi_boundary = _setting("crop_objects_to_roi_boundary", bool, False)
    clip_object_outside_roi = GObject.Property(type=bool, default=True)
    model_engine_file = GObject.Property(type=str, default="")
    raw_output_file_write = GObject.Property(type=bool, default=False)
    engine = GObject.Property(type=str, default="auto", nick="the twin's own: how to run it")

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, Any] = {}
        self.file: tuple[str, InferSettings | None] = ("", None)

    def of_file(self, field: str, default: Any, show: Read) -> Any:
        """The file's value of ``field``; what is wrong with the file is told at the start."""
        if self.file[0] != self.config_file_path:
            try:
                read = infer_settings.read(Path(self.config_file_path))
            except T2EError:
                read = None
            self.file = (self.config_file_path, read)
        return show(getattr(self.file[1], field)) if self.file[1] else default

    def open_network(self) -> network.Network:
        if not self.config_file_path:
            raise InputError("nvinfer needs config-file-path", where=self.get_name())
        settings = infer_settings.read(Path(self.config_file_path))
        return network.load(
            replace(settings, **self.given),
            engine=self.engine,
            clip_to_roi=self.clip_object_outside_roi,
        )


ELEMENT = Infer
