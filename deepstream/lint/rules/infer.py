"""Rules for nvinfer's files: what it refuses (``train2edge.nvinfer``) and what it hides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from deepstream.lint.context import Context, Place
from deepstream.lint.finding import Finding, Level
from train2edge.errors import InputError, ProblemsError
from train2edge.feasibility import etlt
from train2edge.nvinfer.class_attrs import ClassAttrs
from train2edge.nvinfer.keys import keys_of
from train2edge.nvinfer.settings import InferSettings, read

P = "property"
OLD_MODELS = ("model-file", "proto-file", "uff-file")
ETLT = "tlt-encoded-model"
SECONDARY = ("operate-on-gie-id", "classifier-async-mode", "secondary-reinfer-interval")
NO_EFFECT = {  # key: release, why it does nothing from there on
    "workspace-size": ("9.0", "nvinfer no longer sets it: TensorRT takes what it needs"),
    "layer-device-precision": ("9.0", "nvinfer no longer applies it"),
    "force-implicit-batch-dim": ("7.1", "TensorRT 10 has no implicit batch"),
}


def refused(c: Context) -> Iterator[Finding]:
    """What the values among one another make impossible; single values are the tables'."""
    try:
        read(c.file.path)
    except ProblemsError as error:
        known = {f"{name}:" for record in (InferSettings, ClassAttrs) for name in keys_of(record)}
        for one in error.problems:
            where = one.where.replace(str(c.file.path.absolute()), str(c.file.path))
            if one.message.startswith(tuple(known)) and not _among(one.message):
                continue
            why = "nvinfer does not start, or crashes"
            yield Finding("error", where, one.message, why, one.hint or "correct it", "refused")
    except InputError:
        return


def _among(message: str) -> bool:
    return any(part in message for part in ("channels", "in YAML"))


def old_models(c: Context) -> Iterator[Finding]:
    """A parser of its own may take any model file; without one it was Caffe, UFF or .etlt."""
    if c.file.get(P, "engine-create-func-name"):
        return
    others = any(c.file.get(P, key) for key in ("onnx-file", "model-engine-file"))
    for key, why, instead in _ended(c.place):
        if c.file.get(P, key):
            level: Level = "warning" if others else "error"
            yield c.find("old-model", level, (P, key), why, "remove it" if others else instead)


def _ended(place: Place) -> Iterator[tuple[str, str, str]]:
    """Keys of models that the release reads no more, why, and what it reads instead."""
    if place.tensorrt[0] >= 10:
        why = f"TensorRT {place.tensorrt[0]} of DeepStream {place.release.name} reads neither"
        for key in OLD_MODELS:
            yield key, f"{why} Caffe nor UFF", "export the model to ONNX, onnx-file=..."
    refused = etlt(place.release)
    if refused:
        yield ETLT, refused.reason, refused.nearest


def no_effect(c: Context) -> Iterator[Finding]:
    for key, (release, why) in NO_EFFECT.items():
        if c.file.get(P, key) not in (None, "0") and c.place.since(release):
            yield c.find("no-effect", "warning", (P, key), why, "remove it")


def engines(c: Context) -> Iterator[Finding]:
    name = c.file.get(P, "model-engine-file") or ""
    batch = re.search(r"_b(\d+)_", name)
    size = c.file.number(P, "batch-size", 1)
    if batch and int(batch[1]) < size:
        why = "an engine of a smaller batch is built anew at every start"
        fix = f"name it _b{size:g}_"
        yield c.find("engine-batch", "warning", (P, "model-engine-file"), why, fix)
    others = any(c.file.get(P, key) for key in ("onnx-file", "custom-lib-path", *OLD_MODELS))
    here = not name or Path(name).is_absolute() or c.file.beside(name).exists()
    if not here and not others:
        why = "no such engine, and no model to build it from"
        fix = "add onnx-file=..., or build the engine"
        yield c.find("missing-path", "error", (P, "model-engine-file"), why, fix)


def padding(c: Context) -> Iterator[Finding]:
    if c.file.number(P, "symmetric-padding", 0) and not c.file.number(
        P, "maintain-aspect-ratio", 0
    ):
        why = "does nothing without maintain-aspect-ratio=1"
        fix = "write maintain-aspect-ratio=1"
        yield c.find("padding", "warning", (P, "symmetric-padding"), why, fix)


def precision(c: Context) -> Iterator[Finding]:
    mode, at = int(c.file.number(P, "network-mode", 0)), (P, "network-mode")
    target = c.place.target
    if mode == 3 and not c.place.since("9.0"):
        why = "3 (best) came with DeepStream 9.0"
        yield c.find("too-new", "error", at, why, "write network-mode=2")
    elif mode in (1, 3) and target and not target.has("int8"):
        why = f"{target.title} has no INT8; nvinfer falls back to FP16"
        yield c.find("no-int8", "error", at, why, "write network-mode=2")
    elif mode in (1, 3) and not c.file.get(P, "int8-calib-file") and not _prebuilt(c):
        why = "without int8-calib-file nvinfer silently builds FP16"
        fix = "add int8-calib-file=calibration.cache"
        yield c.find("int8-without-cache", "error", at, why, fix)
    if mode and c.file.number(P, "strongly-typed", 0):
        why = "a strongly typed network takes no precision flag"
        yield c.find("strongly-typed", "error", at, why, "write network-mode=0")


def _prebuilt(c: Context) -> bool:
    """An engine and nothing to build one from: what it computes in was decided elsewhere."""
    build = ("onnx-file", "custom-lib-path", "engine-create-func-name", *OLD_MODELS)
    return bool(c.file.get(P, "model-engine-file")) and not any(c.file.get(P, k) for k in build)


def cache(c: Context) -> Iterator[Finding]:
    name, at = c.file.get(P, "int8-calib-file"), (P, "int8-calib-file")
    if not name or int(c.file.number(P, "network-mode", 0)) not in (1, 3):
        return
    file = c.file.beside(name)
    if not file.is_file():
        if not Path(name).is_absolute():
            why = f"no such file: {name}; nvinfer builds FP16 without it"
            yield c.find("missing-path", "error", at, why, "paths are relative to this file")
        return
    with file.open(encoding="utf-8", errors="replace") as text:
        first = text.readline().strip()
    if not first.endswith("-EntropyCalibration2"):
        why = f"its first line is {first!r}; nvinfer's calibrator is EntropyCalibration2"
        yield c.find("calibration-header", "error", at, why, "calibrate again")


def hardware(c: Context) -> Iterator[Finding]:
    target = c.place.target
    if target and target.kind == "dgpu" and c.file.number(P, "scaling-compute-hw", 0) == 2:
        why = f"VIC is a part of Jetsons; {target.title} has none"
        yield c.find("no-vic", "error", (P, "scaling-compute-hw"), why, "write 1, the GPU")
    if not c.file.number(P, "enable-dla", 0):
        return
    refused = c.place.refusal("dla")
    if refused:
        fix = f"write enable-dla=0; what works: {refused.nearest}"
        yield c.find("no-dla", "error", (P, "enable-dla"), refused.reason, fix)
    elif target and c.file.number(P, "use-dla-core", 0) >= target.dla_cores:
        why = f"the cores are 0 to {target.dla_cores - 1}"
        yield c.find("dla-core", "error", (P, "use-dla-core"), why, "write use-dla-core=0")
    if int(c.file.number(P, "network-mode", 0)) == 0:
        why = "DLA computes in INT8 or FP16"
        yield c.find("dla-precision", "error", (P, "enable-dla"), why, "write network-mode=2 or 1")


def secondary(c: Context) -> Iterator[Finding]:
    """Without a process-mode the app may still set it on the element."""
    mode = c.file.get(P, "process-mode")
    for key in SECONDARY if mode == "1" else ():
        if c.file.number(P, key, 0) > 0:
            why = "process-mode=1 looks at whole frames: only a secondary network reads it"
            yield c.find("primary", "warning", (P, key), why, "write process-mode=2")


def scale(c: Context) -> Iterator[Finding]:
    """The network gets net-scale-factor times a pixel of 0..255 without its mean."""
    told, at = c.file.number(P, "net-scale-factor", 1), (P, "net-scale-factor")
    if told <= 0:
        why = "pixels are multiplied by it: the network sees nothing, or negatives"
        yield c.find("scale", "error", at, why, "write 0.0039215697906911373 (1/255), or 1")
    elif told > 1:
        why = f"pixels are 0..255, and would be up to {told * 255:g}"
        yield c.find("scale", "warning", at, why, "write 0.0039215697906911373 (1/255), or 1")


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    refused, old_models, no_effect, engines, padding, precision, cache, hardware, secondary,
    scale,
)  # fmt: skip
