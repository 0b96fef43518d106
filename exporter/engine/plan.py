"""How an engine is built from a bundle on one device: the file, the flags, the names. Pure data.

TensorRT 8 to 10 take flags (``--int8 --fp16``) and, on DLA, a calibration cache; TensorRT 11 takes
none: types and Q/DQ pairs in the ONNX file decide. What a device cannot do falls back to the next
precision, and the notes say so.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Literal

from exporter.compile_check import CAPABILITIES
from exporter.quantize.cache import ALGORITHM, version_number
from train2edge.bundle import ModelBundle, Precision
from train2edge.errors import InputError
from train2edge.targets import Deployment

Lane = Literal["float", "flag", "qdq", "cache", "typed"]
_JETSON_TRTEXEC = "/usr/src/tensorrt/bin/trtexec"  # JetPack does not put it on the PATH
_LAST_WITH_DLA = (10, 7)
_OPSETS = (((8, 0), 13), ((8, 4), 17))  # the highest that a release documents, from it on


@dataclass(frozen=True)
class EnginePlan:
    """``lane`` says what makes the precision: nothing, a flag, Q/DQ, a cache, or typed tensors.

    ``shapes`` are the smallest and the largest (and optimal) input, ``None`` for a fixed batch.
    ``cache_header`` is the first line that this TensorRT wants in the calibration cache.
    """

    target: str
    deepstream: str
    tensorrt: str
    precision: Precision
    lane: Lane
    model: str
    engine: str
    batch: int
    flags: tuple[str, ...]
    tensor: str
    shapes: tuple[tuple[int, ...], tuple[int, ...]] | None
    trtexec: str = "trtexec"
    dla: int | None = None
    cache: str | None = None
    cache_header: str | None = None
    notes: tuple[str, ...] = ()

    def arguments(self) -> tuple[str, ...]:
        """``trtexec``'s words, to be run inside the bundle's folder."""
        words = [self.trtexec, f"--onnx={self.model}", f"--saveEngine={self.engine}", *self.flags]
        if self.shapes is not None:
            low, high = ("x".join(map(str, one)) for one in self.shapes)
            words += [f"--minShapes={self.tensor}:{low}", f"--optShapes={self.tensor}:{high}"]
            words += [f"--maxShapes={self.tensor}:{high}"]
        if self.cache_name is not None:
            words.append(f"--calib={self.cache_name}")
        return tuple(words)

    @property
    def cache_name(self) -> str | None:
        """The copy of the cache with this TensorRT's own first line."""
        if self.cache is None:
            return None
        return f"{self.cache}.trt{version_number(self.tensorrt)}"

    def commands(self) -> tuple[str, ...]:
        """Shell lines, to be run inside the bundle's folder on the device."""
        lines = []
        if self.cache is not None:
            lines.append(f"sed '1s/.*/{self.cache_header}/' {self.cache} > {self.cache_name}")
        return (*lines, shlex.join(self.arguments()))


def plan(
    bundle: ModelBundle, deployment: Deployment, *, batch: int = 1, dla: int | None = None
) -> EnginePlan:
    """Plan the engine of ``bundle`` on a device; ``InputError`` for a DLA core it has not."""
    _check_dla(deployment, dla)
    precision, notes = _precision(bundle, deployment)
    lane, role, flags = _lane(bundle, deployment, precision, dla)
    if dla is not None:
        flags = (*flags, f"--useDLACore={dla}", "--allowGPUFallback")
    version = deployment.platform.tensorrt
    device = f"gpu0_dla{dla}" if dla is not None else "gpu0"
    model = bundle.files[role]
    cached = lane == "cache"
    return EnginePlan(
        target=deployment.target.name,
        deepstream=deployment.release.name,
        tensorrt=version,
        precision=precision,
        lane=lane,
        model=model,
        engine=f"{model}_b{batch}_{device}_{precision}.engine",  # nvinfer's own pattern
        batch=batch,
        flags=flags,
        tensor=bundle.contract.input.tensor,
        shapes=_shapes(bundle, batch, low=batch if dla is not None else 1),
        trtexec=_JETSON_TRTEXEC if deployment.target.kind == "jetson" else "trtexec",
        dla=dla,
        cache=bundle.files["calibration_cache"] if cached else None,
        cache_header=f"TRT-{version_number(version)}-{ALGORITHM}" if cached else None,
        notes=(*notes, *_opset_note(bundle, deployment)),
    )


def check_capability(compute_capability: str) -> tuple[str, str]:
    """The compile check's capability for a device's, and a note when it is not the same one."""
    exact = f"SM{compute_capability.replace('.', '')}"
    if exact in CAPABILITIES:
        return exact, ""
    wanted = int(exact[2:])
    below = [one for one in CAPABILITIES if int(one[2:]) <= wanted] or [CAPABILITIES[0]]
    return below[-1], f"checked as {below[-1]}: TensorRT for RTX has no {exact}"


def _check_dla(deployment: Deployment, dla: int | None) -> None:
    if dla is None:
        return
    cores = deployment.target.dla_cores
    if not 0 <= dla < cores:
        cores_text = f"it has cores 0 to {cores - 1}" if cores else "it has none"
        raise InputError(f"no DLA core {dla} on {deployment.target.name}", hint=cores_text)
    if deployment.tensorrt[:2] > _LAST_WITH_DLA:
        raise InputError(
            f"TensorRT {deployment.platform.tensorrt} has no DLA",
            where="--dla",
            hint="10.7 was the last; choose an older DeepStream with --deepstream",
        )


def _precision(bundle: ModelBundle, deployment: Deployment) -> tuple[Precision, tuple[str, ...]]:
    order: tuple[Precision, ...] = ("int8", "fp16", "fp32")
    for precision in order[order.index(bundle.precision) :]:
        if deployment.target.has(precision):
            lost = () if precision == bundle.precision else (_fallback(bundle, deployment),)
            return precision, lost
    raise InputError(f"{deployment.target.name} has none of {', '.join(order)}")


def _fallback(bundle: ModelBundle, deployment: Deployment) -> str:
    return f"{deployment.target.title} has no {bundle.precision.upper()}: built from model_fp32"


def _lane(
    bundle: ModelBundle, deployment: Deployment, precision: Precision, dla: int | None
) -> tuple[Lane, str, tuple[str, ...]]:
    """Lane, the role of the model's file, and trtexec's flags."""
    if precision == "fp32":
        return "float", "model_fp32", ()
    if deployment.tensorrt[0] >= 11:
        return ("qdq" if precision == "int8" else "typed"), "model", ()
    if precision == "fp16":
        return "flag", "model_fp32", ("--fp16",)
    if dla is not None:  # DLA's compiler dislikes Q/DQ nodes
        return "cache", "model_fp32", ("--int8", "--fp16")
    return "qdq", "model", ("--int8", "--fp16")


def _shapes(
    bundle: ModelBundle, batch: int, low: int
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    if not bundle.provenance.get("dynamic_batch", True):
        return None
    frame = bundle.contract.input
    one = (frame.channels, frame.height, frame.width)
    return (low, *one), (batch, *one)


def _opset_note(bundle: ModelBundle, deployment: Deployment) -> tuple[str, ...]:
    opset = bundle.provenance.get("opset")
    known = [highest for since, highest in _OPSETS if deployment.tensorrt[:2] >= since]
    if deployment.tensorrt[0] > 8 or not known or not isinstance(opset, int) or opset <= known[-1]:
        return ()
    return (
        f"TensorRT {deployment.platform.tensorrt} documents ONNX opset {known[-1]}, the file has"
        f" {opset}: if it is refused, export with --set export.opset={known[-1]}",
    )
