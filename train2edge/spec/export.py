"""``export:`` precision and calibration of the file for the device."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from train2edge.spec.section import Count, Section


class Calibration(Section):
    """INT8 ranges, from pictures of the training part."""

    pictures: Count = Field(64, description="how many training pictures are looked at")
    method: Literal["auto", "entropy", "percentile", "mse", "max"] = Field(
        "auto",
        description="how a tensor's range is chosen from its histogram; auto tries all of them on"
        " the tensors that matter and takes what disturbs the outputs least",
    )
    percentile: float = Field(99.99, gt=50, le=100, description="for method percentile")
    seed: int = Field(11, description="which pictures")


class Gate(Section):
    """What INT8 must keep; layers stay in float, the noisiest first, until it does."""

    max_drop: float = Field(
        0.5,
        ge=0,
        le=100,
        description="points (hundredths) of the task's score on validation that it may lose",
    )
    min_sqnr: float = Field(
        24,
        ge=0,
        description="decibels of signal to quantisation noise at the outputs; 0 asks for none",
    )
    looks: int = Field(
        200,
        ge=1,
        description="looks at validation pictures; fewer are each seen up to 4 times, displaced",
    )


class Export(Section):
    """The ONNX file and its precision."""

    precision: Literal["fp32", "fp16", "int8"] = Field("int8", description="of the device's engine")
    opset: int = Field(17, ge=13, le=20, description="ONNX opset; 17 suits TensorRT 8.5 and newer")
    dynamic_batch: bool = Field(True, description="any batch size, as nvinfer wants it")
    calibration: Calibration = Field(Calibration(), description="INT8 ranges")
    gate: Gate = Field(Gate(), description="the accuracy that INT8 must keep")
