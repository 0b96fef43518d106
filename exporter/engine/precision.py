"""Which precision an engine has, and what makes it: flags, Q/DQ pairs, a cache, or types."""

from __future__ import annotations

from typing import Literal

from exporter.engine.options import EngineOptions
from train2edge import tensorrt
from train2edge.bundle import ModelBundle, Precision
from train2edge.errors import InputError
from train2edge.targets import Deployment

Lane = Literal["float", "flag", "qdq", "cache", "pictures", "typed"]
EXPORT = "t2e export RUN -o BUNDLE"
_ORDER: tuple[Precision, ...] = ("int8", "fp16", "fp32")


def choose(
    bundle: ModelBundle, place: Deployment, options: EngineOptions
) -> tuple[Precision, tuple[str, ...]]:
    """What is asked for, or the fastest that both bundle and device have; DLA has no FP32.

    ``InputError`` for what is asked for and cannot be had.
    """
    allowed = _ORDER[_ORDER.index(bundle.precision) :]
    if options.precision and options.precision not in allowed:
        raise InputError(
            f"the bundle is {bundle.precision}, an {options.precision} engine cannot be made of it",
            where="--precision",
            hint=f"{_maker(bundle)} --precision {options.precision}",
        )
    if options.dla is not None and options.precision == "fp32":
        raise InputError(
            "a DLA core has no FP32",
            where="--precision",
            hint="--precision fp16, or without --dla",
        )
    fastest = next(one for one in allowed if place.target.has(one))
    chosen: Precision = fastest if options.precision is None else options.precision
    if chosen != "int8" and (options.cache or options.calibrate):
        raise InputError(
            f"ranges are for an int8 engine, this one is {chosen}",
            where="--cache" if options.cache else "--calibrate",
        )
    if options.dla is not None and chosen == "fp32":
        return "fp16", ("a DLA core has no FP32: built in FP16, as nvinfer does",)
    if options.precision or chosen == bundle.precision:
        return chosen, ()
    lost = f"{place.target.title} has no {bundle.precision.upper()}: built from model_fp32"
    return chosen, (lost,)


def lane_of(
    bundle: ModelBundle, place: Deployment, precision: Precision, options: EngineOptions
) -> tuple[Lane, str]:
    """What makes the precision, and the role of the model's file."""
    weak = tensorrt.facts().has_weak_typing(place.tensorrt)
    if precision == "fp32":
        return "float", _float_role(bundle)
    if precision == "fp16":
        if weak and not _by_types(bundle, place):
            return "flag", _float_role(bundle)
        return "typed", _typed_role(bundle, place)
    if options.calibrate:
        bundle.file("model_fp32")
        return "pictures", "model_fp32"
    if options.cache or (options.dla is not None and weak):  # DLA's compiler dislikes Q/DQ nodes
        bundle.file("model_fp32" if options.cache else "calibration_cache")
        # biases are corrected for the bundle's own ranges
        return "cache", _float_role(bundle) if options.cache else bundle.cache_role
    return "qdq", "model"


def _by_types(bundle: ModelBundle, place: Deployment) -> bool:
    """Whether the graph's types say what stays in FP32, and this TensorRT reads them."""
    told = bundle.precision == "fp16" and bool(bundle.beyond_fp16)
    return told and tensorrt.facts().has_strong_typing(place.tensorrt)


def overflow_notes(bundle: ModelBundle, precision: Precision) -> tuple[str, ...]:
    """What becomes of layers whose values FP16 does not hold."""
    if precision == "fp32" or not bundle.beyond_fp16:
        return ()
    kept = "they stay in FP32" if precision == "fp16" else "what is not INT8 stays in FP32"
    return (f"{len(bundle.beyond_fp16)} layers go beyond FP16: {kept}",)


def held(bundle: ModelBundle, lane: Lane) -> dict[str, str]:
    """The layers that FP16 by a flag, which is for all alike, has to leave in FP32."""
    return dict.fromkeys(bundle.beyond_fp16, "fp32") if lane == "flag" else {}


def _float_role(bundle: ModelBundle) -> str:
    return "model_fp32" if bundle.has("model_fp32") else "model"


def _typed_role(bundle: ModelBundle, place: Deployment) -> str:
    if bundle.precision == "fp16":
        return "model"
    raise InputError(
        f"TensorRT {place.platform.tensorrt} takes FP16 from the graph's own types, and the bundle"
        f" is {bundle.precision}",
        where="--precision",
        hint=f"{_maker(bundle)} --precision fp16",
    )


def _maker(bundle: ModelBundle) -> str:
    """The command that a bundle like this one comes from."""
    name = bundle.provenance.get("recipe")
    return f"t2e models import FILE.onnx --recipe {name} -o BUNDLE" if name else EXPORT


def flags(bundle: ModelBundle, precision: Precision) -> tuple[Precision, ...]:
    """INT8 with FP16, as far as that holds the network's values: layers that no INT8 kernel takes
    need not be computed in FP32."""
    if precision == "int8":
        return ("int8",) if bundle.beyond_fp16 else ("int8", "fp16")
    return ("fp16",) if precision == "fp16" else ()
