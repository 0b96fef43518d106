"""``nvinfer``: a network on frames, objects or regions, by NVIDIA's own configuration file.

Pre- and post-processing are ``train2edge.nvinfer``'s, shared with training's evaluation. What is
read from the configuration is what nvinfer reads; TensorRT engines are not looked at.
"""

from __future__ import annotations

from pathlib import Path

from deepstream.twin.gst import GObject
from deepstream.twin.inference.element import InferElement
from deepstream.twin.inference.properties import listed, numbers, of_file
from train2edge.nvinfer import settings as infer_settings
from train2edge.nvinfer.settings import InferSettings


class Infer(InferElement):
    """Properties that are set have the last word over the file, as NVIDIA's."""

    __gtype_name__ = "nvinfer"
    __gstmetadata__ = ("Inference", "Filter/Video", "train2edge twin", "train2edge")

    infer_on_class_ids = of_file("operate_on_class_ids", str, "", numbers, listed)
    filter_out_class_ids = of_file("filter_out_class_ids", str, "", numbers, listed)
    gpu_id = of_file("gpu_id", GObject.TYPE_UINT, 0)
    output_tensor_meta = of_file("output_tensor_meta", bool, False)
    output_instance_mask = of_file("output_instance_mask", bool, False)
    input_tensor_meta = of_file("input_tensor_from_meta", bool, False)
    crop_objects_to_roi_boundary = of_file("crop_objects_to_roi_boundary", bool, False)
    clip_object_outside_roi = GObject.Property(type=bool, default=True)
    model_engine_file = GObject.Property(type=str, default="")
    raw_output_file_write = GObject.Property(type=bool, default=False)

    def read_settings(self, path: Path) -> InferSettings:
        return infer_settings.read(path)

    def clips(self) -> bool:
        return bool(self.clip_object_outside_roi)


ELEMENT = Infer
