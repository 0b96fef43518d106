"""What a device cannot do under a release, why, and the nearest that works. Data in, data out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from train2edge import tensorrt
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.targets import Deployment, Release, releases

Feature = Literal["fp32", "fp16", "int8", "fp8", "fp4", "int8-cache", "dla", "etlt", "nvenc"]
FEATURES: tuple[Feature, ...] = get_args(Feature)
_PRECISIONS = ("int8", "fp16", "fp32")  # from the fastest
_INSTEAD_OF_ETLT = "its ONNX as onnx-file=, which t2e models etlt decrypt takes out of it"


@dataclass(frozen=True)
class Refusal:
    """``nearest`` says what works instead, in the words to type where there are any."""

    feature: Feature
    reason: str
    nearest: str

    def as_problem(self, place: Deployment) -> Problem:
        where = f"{self.feature} on {place.target.name}, DeepStream {place.release.name}"
        return Problem(where, self.reason, self.nearest)


def refusal(place: Deployment, feature: Feature) -> Refusal | None:
    """Why ``feature`` is impossible on ``place``; ``None`` where it works."""
    if feature == "nvenc":
        return _nvenc(place)
    if feature == "dla":
        return _dla(place)
    if feature == "etlt":
        return etlt(place.release)
    if feature == "int8-cache":
        return _precision(place, "int8") or _cache(place)
    return _precision(place, feature)


def check(place: Deployment, features: Sequence[str]) -> None:
    """``ProblemsError`` with every reason at once; ``InputError`` for an unknown feature."""
    check_names(features)
    refused = [refusal(place, one) for one in FEATURES if one in features]
    problems = [one.as_problem(place) for one in refused if one is not None]
    if problems:
        raise ProblemsError(problems)


def check_dla_core(place: Deployment, core: int) -> None:
    """``InputError`` for a core that the device has not."""
    cores = place.target.dla_cores
    if core >= cores:
        raise InputError(
            f"no DLA core {core} on {place.target.name}", hint=f"it has 0 to {cores - 1}"
        )


def check_names(features: Sequence[str]) -> None:
    """``InputError`` for an unknown feature."""
    unknown = [one for one in features if one not in FEATURES]
    if unknown:
        raise InputError(f"unknown feature '{unknown[0]}'", hint=f"known: {', '.join(FEATURES)}")


def is_able(place: Deployment, features: Sequence[str]) -> bool:
    return not any(refusal(place, one) for one in FEATURES if one in features)


def check_capability(place: Deployment) -> None:
    """``InputError`` where the TensorRT has left the device's compute capability behind."""
    lowest = tensorrt.facts().lowest_capability(place.tensorrt)
    own = place.target.compute_capability
    if _number(own) < _number(lowest):
        raise InputError(
            f"TensorRT {place.platform.tensorrt} needs compute capability {lowest},"
            f" {place.target.title} has {own}",
            hint=f"its newest is that of DeepStream {place.target.deepstream[-1]}",
        )


def _precision(place: Deployment, feature: Feature) -> Refusal | None:
    if place.target.has(feature):
        return None
    device = place.target
    below = _PRECISIONS[_PRECISIONS.index(feature) :] if feature in _PRECISIONS else _PRECISIONS
    nearest = next((one for one in below if device.has(one)), "fp32")
    reason = (
        f"{device.title} (compute capability {device.compute_capability}) has no {feature.upper()}"
    )
    return Refusal(feature, reason, f"{nearest} (--precision {nearest})")


def _dla(place: Deployment) -> Refusal | None:
    device, facts = place.target, tensorrt.facts()
    if not device.dla_cores:
        return Refusal("dla", f"{device.title} has no DLA core", "its GPU, without --dla")
    if facts.has_dla(place.tensorrt, device.name):
        return None
    last = ".".join(map(str, facts.dla_last))
    reason = f"TensorRT {place.platform.tensorrt} has no DLA, {last} was the last"
    older = [
        name
        for name in device.deepstream
        if facts.has_dla(Deployment(device, releases()[name]).tensorrt, device.name)
    ]
    return Refusal("dla", reason, f"DeepStream {older[-1]} on this device, or its GPU")


def _cache(place: Deployment) -> Refusal | None:
    if tensorrt.facts().has_weak_typing(place.tensorrt):
        return None
    reason = f"TensorRT {place.platform.tensorrt} reads no calibration cache, 10 was the last"
    return Refusal("int8-cache", reason, "the Q/DQ file (model.onnx of an INT8 bundle)")


def etlt(release: Release) -> Refusal | None:
    """Why a ``release`` builds no engine of a .etlt file, on whatever device."""
    last = _last_with_etlt()
    order = list(releases())
    if order.index(release.name) <= order.index(last):
        return None
    reason = f"DeepStream {last} was the last with .etlt files among NVIDIA's own samples"
    return Refusal("etlt", reason, _INSTEAD_OF_ETLT)


def _last_with_etlt() -> str:
    return [name for name, one in releases().items() if one.etlt][-1]


def _nvenc(place: Deployment) -> Refusal | None:
    if place.target.nvenc:
        return None
    reason = f"{place.target.title} has no NVENC"
    return Refusal("nvenc", reason, "the software encoder x264enc, which t2e stream config takes")


def _number(capability: str) -> float:
    return float(capability)
