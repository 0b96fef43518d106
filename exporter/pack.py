"""The files of a bundle folder."""

from __future__ import annotations

from pathlib import Path

from train2edge.files import write_text

MODEL = "model.onnx"
MODEL_FP32 = "model_fp32.onnx"
MODEL_CPU = "model.cpu.onnx"
# with EfficientNMS_TRT, for TensorRT alone: role -> the file it is made of, and its name
PLUGIN = {
    "model_nms": (MODEL, "model_nms.onnx"),
    "model_fp32_nms": (MODEL_FP32, "model_fp32_nms.onnx"),
}
LABELS = "labels.txt"
CACHE = "calibration.cache"
CONTRACT = "contract.json"
REPORT = "report.json"


def write_labels(path: Path, classes: tuple[str, ...]) -> None:
    """One class a line, LF: nvinfer splits rows at ';' and keeps a carriage return."""
    write_text(path, "".join(f"{name}\n" for name in classes))
