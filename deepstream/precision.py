"""Which lane the network takes on a device: INT8 by cache, INT8 by Q/DQ, FP16 or FP32."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from train2edge import lane
from train2edge.bundle import ModelBundle
from train2edge.lane import Lane
from train2edge.targets import Deployment


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


def plan(bundle: ModelBundle, place: Deployment, batch: int, *, folder: str = "model") -> ModelPlan:
    """Choose the lane for ``bundle`` on ``place`` and say why; its files go to ``folder``."""
    chosen = lane.choose(bundle, place)
    onnx = f"{folder}/{bundle.files[chosen.role]}"
    return ModelPlan(
        lane=chosen.lane,
        role=chosen.role,
        onnx=onnx,
        engine=lane.engine_name(onnx, batch, chosen.word),
        calibration_cache=f"{folder}/calibration.cache" if chosen.lane == "int8-cache" else None,
        stand_ins=_stand_ins(bundle, chosen.lane, chosen.role, folder),
        network_mode=chosen.network_mode,
        strongly_typed=chosen.lane == "int8-qdq",
        reasons=chosen.reasons,
    )


def _stand_ins(bundle: ModelBundle, chosen: Lane, role: str, folder: str) -> dict[str, str]:
    """The Q/DQ graphs besides ``role`` that compute what the device's INT8 engine does."""
    if not chosen.startswith("int8"):
        return {}
    others = (one for one in ("model", "model_cpu") if one != role and bundle.has(one))
    return {one: f"{folder}/{bundle.files[one]}" for one in others}
