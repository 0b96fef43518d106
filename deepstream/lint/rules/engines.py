"""Rules for the name of an engine: nvinfer looks for the one named, and writes its own if need be.

``<model's file>_b<batch>_gpu<id>_<precision>.engine``; another name is never found again, and the
engine is built at every start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

from deepstream.lint.context import ConfigFile, Context
from deepstream.lint.finding import Finding

P, KEY = "property", "model-engine-file"
INT8, BEST = 1, 3
PRECISIONS = ("fp32", "int8", "fp16", "best")
_AUTOMATIC = re.compile(r".+_b\d+_gpu\d+_(fp32|int8|fp16|best)\.engine")


def names(c: Context) -> Iterator[Finding]:
    """The file by itself; a batch that is too small has a rule of its own."""
    told, written = c.file.get(P, KEY), _written(c, c.file)
    if not told or not written or not _found_nowhere(c.file, told):
        return
    if _without_batch(told) != _without_batch(written):
        yield _find(c, (P, KEY), told, written)


def names_in_app(c: Context) -> Iterator[Finding]:
    """With what the app's group says instead of the file: its engine, or its batch."""
    for section in (*c.file.numbered("primary-gie"), *c.file.numbered("secondary-gie")):
        inner = c.opened(c.file.get(section, "config-file"))
        batch, own = c.file.number(section, "batch-size", 0), c.file.get(section, KEY)
        if inner is None or inner.kind_name != "nvinfer" or not c.file.enabled(section):
            continue
        told, written = own or inner.get(P, KEY), _written(c, inner, batch)
        if not told or not written or not _found_nowhere(c.file if own else inner, told):
            continue
        same = PurePath(told).name == PurePath(written).name
        asked = own or (batch and _without_batch(told) == _without_batch(written))
        if asked and not same:
            yield _find(c, (section, KEY if own else "batch-size"), told, written)


def _written(c: Context, file: ConfigFile, batch: float = 0) -> str | None:
    """The name of the engine that nvinfer builds of ``file``, if that can be known.

    INT8 without its cache becomes FP16, and a model that is not here has no engine at all: other
    rules tell of both.
    """
    model, mode = file.get(P, "onnx-file"), int(file.number(P, "network-mode", 0))
    other = file.get(P, "engine-create-func-name") or file.number(P, "enable-dla", 0)
    if not model or other or not (Path(model).is_absolute() or file.beside(model).exists()):
        return None
    if mode == INT8 and not file.beside(file.get(P, "int8-calib-file") or "none").is_file():
        return None
    if mode not in range(4) or (mode == BEST and not c.place.since("9.0")):
        return None
    size = batch or file.number(P, "batch-size", 1)
    gpu = file.number(P, "gpu-id", 0)
    return f"{model}_b{size:g}_gpu{gpu:g}_{PRECISIONS[mode]}.engine"


def _found_nowhere(file: ConfigFile, name: str) -> bool:
    """Whether nvinfer gives such names, and the engine is not here; one elsewhere may be."""
    automatic = _AUTOMATIC.fullmatch(PurePath(name).name)
    return bool(automatic) and not Path(name).is_absolute() and not file.beside(name).exists()


def _without_batch(name: str) -> str:
    return re.sub(r"_b\d+_", "_", PurePath(name).name)


def _find(c: Context, at: tuple[str, str], told: str, written: str) -> Finding:
    name = PurePath(written).name
    why = f"{PurePath(told).name} is not there, and nvinfer builds {name}, at every start"
    fix = f"write {KEY}={written}"
    return c.find("engine-name", "warning", at, why, fix)


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (names,)
APP_RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (names_in_app,)
