"""Which lane the network takes on a device: INT8 by cache, INT8 by Q/DQ, FP16 or FP32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from train2edge.bundle import ModelBundle
from train2edge.targets import Deployment

Lane = Literal["int8-cache", "int8-qdq", "fp16", "fp32"]
NETWORK_MODE = {"fp32": 0, "int8": 1, "fp16": 2}


@dataclass(frozen=True)
class ModelPlan:
    """The files and settings of one lane. Paths are relative to the app's folder.

    ``role`` is the bundle's file that becomes ``onnx``; ``engine`` is the name under which
    nvinfer itself keeps what it builds (``nvdsinfer_model_builder.cpp``, ``buildModel``).
    ``stand_ins`` are INT8 graphs by role that only the CPU twin reads, in the engine's place.
    """

    lane: Lane
    role: str
    onnx: str
    engine: str
    calibration_cache: str | None
    stand_ins: Mapping[str, str]
    network_mode: int
    strongly_typed: bool
    reasons: tuple[str, ...]


def plan(bundle: ModelBundle, place: Deployment, batch: int) -> ModelPlan:
    """Choose the lane for ``bundle`` on ``place`` and say why."""
    reasons: list[str] = []
    lane = _lane(bundle, place, reasons)
    role = "model" if lane == "int8-qdq" or not bundle.has("model_fp32") else "model_fp32"
    onnx = f"model/{bundle.files[role]}"
    mode = _mode(lane)
    word = next(name for name, number in NETWORK_MODE.items() if number == mode)
    return ModelPlan(
        lane=lane,
        role=role,
        onnx=onnx,
        engine=f"{onnx}_b{batch}_gpu0_{word}.engine",
        calibration_cache="model/calibration.cache" if lane == "int8-cache" else None,
        stand_ins=_stand_ins(bundle, lane, role),
        network_mode=mode,
        strongly_typed=lane == "int8-qdq",
        reasons=tuple(reasons),
    )


def _stand_ins(bundle: ModelBundle, lane: Lane, role: str) -> dict[str, str]:
    """The Q/DQ graphs besides ``role`` that compute what the device's INT8 engine does."""
    if not lane.startswith("int8"):
        return {}
    others = (one for one in ("model", "model_cpu") if one != role and bundle.has(one))
    return {one: f"model/{bundle.files[one]}" for one in others}


def _mode(lane: Lane) -> int:
    """nvinfer's network-mode; the Q/DQ graph carries its own types and must get no flag."""
    if lane == "int8-qdq":
        return NETWORK_MODE["fp32"]
    return NETWORK_MODE[lane.partition("-")[0]]


def _lane(bundle: ModelBundle, place: Deployment, reasons: list[str]) -> Lane:
    device, release = place.target, place.release
    if bundle.precision == "fp32":
        reasons.append("FP32: the bundle was exported with precision fp32")
        return "fp32"
    if bundle.precision == "fp16":
        reasons.append("FP16: the bundle was exported with precision fp16")
        return "fp16"
    if not device.has("int8"):
        reasons.append(
            f"FP16, although the bundle is INT8: {device.title} (compute capability "
            f"{device.compute_capability}) has no INT8"
        )
        return "fp16"
    if release.reads("strongly-typed"):
        reasons.append(
            f"INT8 by the Q/DQ nodes of the graph: DeepStream {release.name} can build a strongly "
            "typed network, in which the graph alone decides; network-mode is 0 so that nvinfer "
            "sets no precision flag, and nvinfer therefore calls the engine fp32"
        )
        return "int8-qdq"
    return _cache_lane(bundle, place, reasons)


def _cache_lane(bundle: ModelBundle, place: Deployment, reasons: list[str]) -> Lane:
    version = place.platform.tensorrt
    if bundle.has("calibration_cache") and bundle.has("model_fp32") and place.tensorrt[0] <= 10:
        reasons.append(
            f"INT8 by calibration cache: nvinfer of DeepStream {place.release.name} (TensorRT "
            f"{version}) sets the INT8 flag only with an int8-calib-file, and a cache wants the "
            "graph without Q/DQ nodes"
        )
        return "int8-cache"
    missing = _missing(bundle, ("calibration_cache", "model_fp32"))
    reasons.append(
        f"FP16, although the bundle is INT8: DeepStream {place.release.name} needs a calibration "
        f"cache and the FP32 graph, and the bundle has no {missing}"
    )
    return "fp16"


def _missing(bundle: ModelBundle, roles: Sequence[str]) -> str:
    return " and no ".join(role for role in roles if not bundle.has(role))
