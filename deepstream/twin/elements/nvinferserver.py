"""``nvinferserver``: the networks of a Triton model repository, by its own configuration file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from deepstream.twin.gst import GObject
from deepstream.twin.inference import network, server
from deepstream.twin.inference.element import InferElement
from deepstream.twin.inference.properties import of_file
from train2edge.errors import InputError
from train2edge.nvinfer.settings import InferSettings


class InferServer(InferElement):
    """No Triton is asked: ONNX files are run as nvinfer's are."""

    __gtype_name__ = "nvinferserver"
    __gstmetadata__ = ("Inference server", "Filter/Video", "train2edge twin", "train2edge")

    config_file_path = GObject.Property(type=str, default="")
    unique_id = of_file("gie_unique_id", GObject.TYPE_UINT, 15)
    process_mode = of_file("process_mode", GObject.TYPE_UINT, 1)
    batch_size = of_file("batch_size", GObject.TYPE_UINT, 1)
    interval = of_file("interval", GObject.TYPE_UINT, 0)
    infer_on_gie_id = of_file("operate_on_gie_id", int, -1)
    engine = GObject.Property(type=str, default="auto", nick="the twin's own: how to run it")

    def read_settings(self, path: Path) -> InferSettings:
        return server.read(path)

    def open_network(self) -> Any:
        if not self.config_file_path:
            raise InputError("nvinferserver needs config-file-path", where=self.get_name())
        settings = self.read_settings(Path(self.config_file_path))
        return network.load(replace(settings, **self.given), engine=self.engine)


ELEMENT = InferServer
