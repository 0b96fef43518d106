"""Which lane the network takes on a device: INT8 by cache, INT8 by Q/DQ, FP16 or FP32."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from train2edge import feasibility, lane
from train2edge.bundle import ModelBundle
from train2edge.errors import InputError
from train2edge.lane import Lane, LaneChoice
from train2edge.targets import Deployment
from train2edge.trtexec import Profile, TrtexecCall


@dataclass(frozen=True)
class ModelPlan:
    """The files and settings of one lane. Paths are relative to the app's folder.

    ``role`` is the bundle's file that becomes ``onnx``; ``engine`` is the name under which
    nvinfer itself keeps what it builds (``nvdsinfer_model_builder.cpp``, ``buildModel``).
    ``stand_ins`` are graphs by role that only the CPU twin reads, in the engine's place. ``build``
    makes ahead what nvinfer would build of these settings at the first start.
    """

    lane: Lane
    role: str
    onnx: str
    engine: str
    calibration_cache: str | None
    stand_ins: Mapping[str, str]
    network_mode: int
    strongly_typed: bool
    build: TrtexecCall
    reasons: tuple[str, ...]
    dla: int | None = None


NMS_INSIDE = (
    "overlaps are removed inside the engine by TensorRT's plugin EfficientNMS_TRT, so cluster-mode"
    " is 4; the CPU twin runs the graph without it and clusters by nms-iou-threshold"
)
ON_DLA = (
    "it runs on DLA core {0}; layers that DLA does not take fall back to the GPU: t2e engine BUNDLE"
    " --target {1} --dla {0} names them"
)


def plan(
    bundle: ModelBundle,
    place: Deployment,
    batch: int,
    *,
    folder: str = "model",
    nms_inside: bool = False,
    dla: int | None = None,
) -> ModelPlan:
    """Choose the lane for ``bundle`` on ``place`` and say why; its files go to ``folder``.

    With ``nms_inside`` it is the graph with ``EfficientNMS_TRT``, with ``dla`` it runs on that DLA
    core. ``InputError`` where there is no such graph or core, and where the network was exported
    for fewer frames at once than ``batch``.
    """
    bundle.check_batch(batch)
    if dla is not None:
        _check_dla(bundle, place, dla)
    chosen = lane.choose(bundle, place, dla=dla)
    role = lane.with_nms(bundle, chosen.role) if nms_inside else chosen.role
    onnx = f"{folder}/{bundle.files[role]}"
    engine = lane.engine_name(onnx, batch, chosen.word, dla=dla)
    cache = f"{folder}/calibration.cache" if chosen.lane == "int8-cache" else None
    typed = chosen.lane == "int8-qdq"
    told = (NMS_INSIDE,) * nms_inside + (ON_DLA.format(dla, place.target.name),) * (dla is not None)
    return ModelPlan(
        lane=chosen.lane,
        role=role,
        onnx=onnx,
        engine=engine,
        calibration_cache=cache,
        stand_ins=_stand_ins(bundle, chosen.lane, (role, chosen.role), folder),
        network_mode=chosen.network_mode,
        strongly_typed=typed,
        build=TrtexecCall(
            kind=place.target.kind,
            release=place.platform.tensorrt,
            model=onnx,
            engine=engine,
            tensor=bundle.contract.input.tensor,
            profile=_profile(bundle, batch, dla),
            flags=_flags(bundle, chosen, dla),
            strongly_typed=typed,
            cache=cache,
            dla=dla,
        ),
        reasons=(*chosen.reasons, *told),
        dla=dla,
    )


def _flags(bundle: ModelBundle, chosen: LaneChoice, dla: int | None) -> tuple[str, ...]:
    """As nvinfer sets them; on DLA more than that, for what it computes in FP16 alone."""
    if chosen.network_mode == 0:
        return ()
    also = dla is not None and chosen.word == "int8" and not bundle.beyond_fp16
    return (chosen.word, "fp16") if also else (chosen.word,)


def _profile(bundle: ModelBundle, batch: int, dla: int | None) -> Profile | None:
    """``None`` for a network of a fixed batch; a DLA core has one size."""
    if not bundle.provenance.get("dynamic_batch", True):
        return None
    return Profile.of(bundle.contract.input, batch, smallest=1 if dla is None else batch)


def _check_dla(bundle: ModelBundle, place: Deployment, core: int) -> None:
    feasibility.check(place, ["dla"])
    feasibility.check_dla_core(place, core)
    if bundle.beyond_fp16 and (bundle.precision != "int8" or not place.target.has("int8")):
        raise InputError(
            f"{len(bundle.beyond_fp16)} layers go beyond FP16, and a DLA core has no FP32",
            where="stream.dla",
            hint="its GPU, without --dla",
        )


def _stand_ins(
    bundle: ModelBundle, chosen: Lane, roles: tuple[str, str], folder: str
) -> dict[str, str]:
    """What computes as the device's engine does: its graph without plugins (the second of
    ``roles``) if the device's own (the first) is another, and Q/DQ graphs for INT8."""
    own, plain = roles
    wanted = [plain, *(("model", "model_cpu") if chosen.startswith("int8") else ())]
    others = (one for one in dict.fromkeys(wanted) if one != own and bundle.has(one))
    return {one: f"{folder}/{bundle.files[one]}" for one in others}
