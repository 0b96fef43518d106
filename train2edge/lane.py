"""Which lane a network takes to nvinfer on a device, and what nvinfer calls the engine it keeps.

One decision for the app folder and for the engine that is built ahead for it: an engine under any
other name is not found, and nvinfer builds its own at the first start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from train2edge import tensorrt
from train2edge.bundle import ModelBundle
from train2edge.errors import InputError
from train2edge.targets import Deployment

Lane = Literal["int8-cache", "int8-qdq", "fp16", "fp32"]
NETWORK_MODE = {"fp32": 0, "int8": 1, "fp16": 2}


@dataclass(frozen=True)
class LaneChoice:
    """``role`` is the bundle's file that nvinfer reads, ``word`` its name for the precision.

    ``reasons`` says, a sentence each, why this lane.
    """

    lane: Lane
    role: str
    word: str
    reasons: tuple[str, ...]

    @property
    def network_mode(self) -> int:
        return NETWORK_MODE[self.word]


def choose(bundle: ModelBundle, place: Deployment, *, dla: int | None = None) -> LaneChoice:
    """Choose the lane for ``bundle`` on ``place``, its GPU or a ``dla`` core, and say why."""
    reasons: list[str] = []
    lane = _lane(bundle, place, reasons, dla=dla is not None)
    role = bundle.cache_role if lane == "int8-cache" else "model_fp32"
    role = "model" if lane == "int8-qdq" or not bundle.has(role) else role
    # the Q/DQ graph carries its own types and must get no precision flag
    word = "fp32" if lane == "int8-qdq" else lane.partition("-")[0]
    return LaneChoice(lane, role, word, tuple(reasons))


def with_nms(bundle: ModelBundle, role: str) -> str:
    """The role of the file like ``role``'s in which ``EfficientNMS_TRT`` removes overlaps.

    ``InputError`` where ``bundle`` has none.
    """
    found = f"{role}_nms"
    if not bundle.has(found):
        raise InputError(
            f"the bundle has no graph with EfficientNMS_TRT ({found})",
            where=str(bundle.path),
            hint="t2e models import ... --nms efficient writes it; or --nms cluster",
        )
    return found


def engine_name(onnx: str, batch: int, word: str, *, gpu: int = 0, dla: int | None = None) -> str:
    """nvinfer's own name (``nvdsinfer_model_builder.cpp``, ``buildModel``); ``onnx`` is a path."""
    device = f"gpu{gpu}" if dla is None else f"dla{dla}"
    return f"{onnx}_b{batch}_{device}_{word}.engine"


def _lane(bundle: ModelBundle, place: Deployment, reasons: list[str], *, dla: bool) -> Lane:
    device, release = place.target, place.release
    if bundle.precision == "fp32" and dla and not bundle.beyond_fp16:
        reasons.append("FP16, although the bundle is FP32: a DLA core has no FP32")
        return "fp16"
    if bundle.precision == "fp32":
        reasons.append("FP32: the bundle was exported with precision fp32")
        return "fp32"
    if bundle.beyond_fp16 and (bundle.precision == "fp16" or not device.has("int8")):
        reasons.append(
            f"FP32, although the bundle is {bundle.precision.upper()}: {len(bundle.beyond_fp16)}"
            " layers go beyond FP16, and nvinfer's FP16 has no exceptions"
        )
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
    if dla and tensorrt.facts().has_weak_typing(place.tensorrt):  # DLA's compiler: no Q/DQ nodes
        return _cache_lane(bundle, place, reasons)
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
