"""Rules for nvinfer files: what it refuses (``train2edge.nvinfer.settings``) and what it hides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from deepstream.lint import Context, Finding, Level
from train2edge.errors import ProblemsError
from train2edge.nvinfer.settings import read
from train2edge.targets import nvinfer_keys

P = "property"

FILES = ("onnx-file", "int8-calib-file", "labelfile-path", "mean-file")
FRACTIONS = ("pre-cluster-threshold", "post-cluster-threshold", "threshold")
LEVELS: tuple[Level, Level] = ("error", "warning")


def _refused(c: Context) -> Iterator[Finding]:
    """What nvinfer refuses or crashes on, and, where it would start, what it passes over."""
    given = c.file.path
    try:
        settings = read(given)
    except ProblemsError as error:
        problems, level, why = error.problems, LEVELS[0], "nvinfer does not start, or crashes"
    else:
        problems, level, why = settings.warnings, LEVELS[1], "nvinfer passes over it"
    for one in problems:
        where = one.where.replace(str(given.absolute()), str(given))
        yield Finding(level, where, one.message, why, one.hint or "correct it")


def _release(c: Context) -> Iterator[Finding]:
    known = nvinfer_keys()
    for key in c.file.sections.get(P, {}):
        if key in known and not c.place.release.reads(key):
            why = f"nvinfer reads it from DeepStream {known[key]} on"
            yield c.find("error", P, key, why, "remove it or move to that release")


def _old_models(c: Context) -> Iterator[Finding]:
    for key in ("model-file", "proto-file", "uff-file", "tlt-encoded-model"):
        if c.get(P, key) and c.place.tensorrt[0] >= 10:
            why = f"TensorRT {c.place.platform.tensorrt} reads neither Caffe nor UFF"
            yield c.find("error", P, key, why, "export the model to ONNX, onnx-file=...")


def _files(c: Context) -> Iterator[Finding]:
    for key in FILES:
        name = c.get(P, key)
        if name and not Path(name).is_absolute() and not (c.folder / name).is_file():
            fix = "paths are relative to this file"
            yield c.find("error", P, key, "no such file", fix)


def _padding(c: Context) -> Iterator[Finding]:
    if c.number(P, "symmetric-padding", 0) and not c.number(P, "maintain-aspect-ratio", 0):
        why = "does nothing without maintain-aspect-ratio=1"
        yield c.find("warning", P, "symmetric-padding", why, "write maintain-aspect-ratio=1")


def _precision(c: Context) -> Iterator[Finding]:
    mode = int(c.number(P, "network-mode", 0))
    if mode == 3 and not c.since("9.0"):
        yield c.find("error", P, "network-mode", "3 (best) came with DeepStream 9.0", "write 2")
    if mode in (1, 3) and not c.place.target.has("int8"):
        why = f"{c.place.target.title} has no INT8; nvinfer falls back to FP16"
        yield c.find("error", P, "network-mode", why, "write network-mode=2")
    elif mode in (1, 3) and not c.get(P, "int8-calib-file"):
        why = "without int8-calib-file nvinfer silently builds FP16"
        yield c.find("error", P, "network-mode", why, "add int8-calib-file=calibration.cache")
    if mode and c.number(P, "strongly-typed", 0):
        why = "a strongly typed network takes no precision flag"
        yield c.find("error", P, "network-mode", why, "write network-mode=0")


def _cache(c: Context) -> Iterator[Finding]:
    name = c.get(P, "int8-calib-file")
    file = c.folder / name if name else None
    if file and file.is_file():
        with file.open(encoding="utf-8", errors="replace") as text:
            first = text.readline().strip()
        if not first.endswith("-EntropyCalibration2"):
            why = f"its first line is {first!r}; nvinfer's calibrator is EntropyCalibration2"
            yield c.find("error", P, "int8-calib-file", why, "calibrate again")


def _dla(c: Context) -> Iterator[Finding]:
    if not c.number(P, "enable-dla", 0):
        return
    cores = c.place.target.dla_cores
    if not cores:
        why = f"{c.place.target.title} has no DLA"
        yield c.find("error", P, "enable-dla", why, "write enable-dla=0")
    elif c.number(P, "use-dla-core", 0) >= cores:
        why = f"the cores are 0 to {cores - 1}"
        yield c.find("error", P, "use-dla-core", why, "write use-dla-core=0")
    if int(c.number(P, "network-mode", 0)) == 0:
        why = "DLA computes in INT8 or FP16"
        yield c.find("error", P, "enable-dla", why, "write network-mode=2 or 1")


def _engine(c: Context) -> Iterator[Finding]:
    batch = re.search(r"_b(\d+)_", c.get(P, "model-engine-file") or "")
    if batch and int(batch[1]) < c.number(P, "batch-size", 1):
        why = "an engine of a smaller batch is built anew at every start"
        fix = f"name it _b{int(c.number(P, 'batch-size', 1))}_"
        yield c.find("error", P, "model-engine-file", why, fix)


def _labels(c: Context, count: int) -> Iterator[Finding]:
    file = c.folder / (c.get(P, "labelfile-path") or "")
    if not file.is_file():
        return
    lines = file.read_bytes().decode("utf-8", "replace").split("\n")
    names = [line for line in lines if line.strip("\r")]
    key = "labelfile-path"
    if len(names) != count:
        why = f"{len(names)} names for {count} classes"
        yield c.find("error", P, key, why, "one name a line, as many as num-detected-classes")
    if any("\r" in name for name in names):
        yield c.find("error", P, key, "a line ends in CR, which becomes part of the name", "use LF")
    for name in names:
        if " " in name.strip("\r") or ";" in name:
            why = f"the name {name!r} breaks the columns of KITTI files"
            yield c.find("error", P, key, why, "write one word a line")


def _secondary(c: Context) -> Iterator[Finding]:
    if c.number(P, "process-mode", 1) == 2 and c.get(P, "operate-on-gie-id") is None:
        why = "a secondary network without it looks at every detector's objects"
        yield c.find("warning", P, "process-mode", why, "add operate-on-gie-id=1")


def _clustering(c: Context) -> Iterator[Finding]:
    kind, mode = int(c.number(P, "network-type", 0)), c.get(P, "cluster-mode")
    if kind == 0 and mode in (None, "0"):
        why = "DeepStream without OpenCV turns it into NMS at IoU 0.5 and topk 20, over your values"
        yield c.find("error", P, "cluster-mode", why, "write cluster-mode=2")
    if c.number(P, "output-instance-mask", 0) and mode != "4":
        why = "masks are lost in clustering"
        yield c.find("error", P, "output-instance-mask", why, "write cluster-mode=4")


def _fractions(c: Context) -> Iterator[Finding]:
    for section, keys in c.file.sections.items():
        for key in keys if section.startswith("class-attrs-") else ():
            if key in FRACTIONS and c.number(section, key, 0) > 1:
                why = "scores are fractions: nothing would be left"
                yield c.find("error", section, key, why, "write 0 to 1")


def _label_file(c: Context) -> Iterator[Finding]:
    count = int(c.number(P, "num-detected-classes", 0))
    if int(c.number(P, "network-type", 0)) == 0 and count > 0:
        yield from _labels(c, count)


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    _refused, _release, _old_models, _files, _padding, _precision, _cache, _dla, _engine,
    _secondary, _clustering, _fractions, _label_file,
)  # fmt: skip
