"""``nvinferserver``: the networks of a Triton model repository, by its own configuration file."""

from __future__ import annotations

from pathlib import Path

from deepstream.twin.inference import server
from deepstream.twin.inference.element import InferElement
from train2edge.nvinfer.settings import InferSettings


class InferServer(InferElement):
    """No Triton is asked: ONNX files are run as nvinfer's are."""

    __gtype_name__ = "nvinferserver"
    __gstmetadata__ = ("Inference server", "Filter/Video", "train2edge twin", "train2edge")

    def read_settings(self, path: Path) -> InferSettings:
        return server.read(path)


ELEMENT = InferServer
