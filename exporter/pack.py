"""The files of a bundle folder."""

from __future__ import annotations

from pathlib import Path

import onnx

from exporter import onnx_file
from train2edge.contract import CLASSIFIER, Contract
from train2edge.files import write_text

MODEL = "model.onnx"
MODEL_FP32 = "model_fp32.onnx"
MODEL_CPU = "model.cpu.onnx"
MODEL_CACHED = "model_cached.onnx"
# with EfficientNMS_TRT, for TensorRT alone: role -> the file it is made of, and its name
PLUGIN = {
    "model_nms": (MODEL, "model_nms.onnx"),
    "model_fp32_nms": (MODEL_FP32, "model_fp32_nms.onnx"),
    "model_cached_nms": (MODEL_CACHED, "model_cached_nms.onnx"),
}
LABELS = "labels.txt"
CACHE = "calibration.cache"
CONTRACT = "contract.json"
REPORT = "report.json"


def write_model(model: onnx.ModelProto, path: Path, contract: Contract) -> None:
    """Write ``model`` with its contract and read it back: its tensors are to be the contract's."""
    onnx_file.write(model, path, contract)
    onnx_file.read_with_contract(path)


def write_labels(path: Path, contract: Contract) -> None:
    """nvinfer's label file, with LF: it keeps a carriage return.

    A detector's has a class a line; a classifier's a line an output tensor, parted by ``;``.
    """
    between = ";" if contract.output.parser == CLASSIFIER else "\n"
    write_text(path, between.join(contract.output.classes) + "\n")
