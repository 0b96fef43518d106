"""One door to every kind of model: a RUN, a checkpoint, a bundle, an ONNX file, an engine.

``train2edge`` may import neither torch nor TensorRT, so a RUN and an engine are opened by the
names of the trainer's and the exporter's functions.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast, get_args

import numpy as np
from numpy.typing import NDArray

from train2edge.bundle import ModelBundle, is_bundle
from train2edge.contract import Contract
from train2edge.errors import InputError, MissingError
from train2edge.files import digest_file
from train2edge.int8_kernels import faithful
from train2edge.runtime import Engine as OnnxEngine
from train2edge.runtime import Model, open_model

Engine = Literal["auto", "openvino", "onnxruntime", "exact", "torch"]
ENGINES: tuple[Engine, ...] = get_args(Engine)
Tensors = dict[str, NDArray[Any]]

TRAINER = "trainer.predict:open_predictor"
TENSORRT = "exporter.engine.runner:open_predictor"
ENGINE_SUFFIXES = (".engine", ".plan", ".trt")
CHECKPOINT = "best.safetensors"


class Predictor(Protocol):
    """A network with its contract: NCHW float32 in, output tensors by name, batch first."""

    @property
    def contract(self) -> Contract: ...

    def __call__(self, batch: NDArray[np.float32]) -> Tensors: ...


@dataclass(frozen=True)
class Opened:
    """A predictor and where it came from: ``file`` is what was loaded, ``engine`` what runs it."""

    predictor: Predictor
    path: Path
    file: Path
    engine: str

    @property
    def contract(self) -> Contract:
        return self.predictor.contract

    def as_record(self) -> dict[str, str]:
        return {
            "path": str(self.path),
            "file": self.file.name,
            "sha256": digest_file(self.file),
            "engine": self.engine,
        }


@dataclass(frozen=True)
class OnnxPredictor:
    """An ONNX file as a predictor; a file of fixed batch is fed as many pictures as it wants."""

    model: Model
    contract: Contract

    def __call__(self, batch: NDArray[np.float32]) -> Tensors:
        size = self.model.inputs[0].shape[0]
        if size is None or size == len(batch):
            return self.model(batch)
        parts = [self._padded(batch[at : at + size], size) for at in range(0, len(batch), size)]
        return {name: np.concatenate([one[name] for one in parts]) for name in parts[0]}

    def _padded(self, batch: NDArray[np.float32], size: int) -> Tensors:
        count = len(batch)
        full = np.zeros((size, *batch.shape[1:]), np.float32)
        full[:count] = batch
        return {name: tensor[:count] for name, tensor in self.model(full).items()}


def open_predictor(path: Path, engine: Engine = "auto", *, threads: int | None = None) -> Opened:
    """Open a RUN folder, a checkpoint, a BUNDLE folder, an ONNX file or a TensorRT engine.

    A RUN is run by torch, an engine by TensorRT on the device that built it, the others by an
    engine of ``train2edge.runtime``. With ``auto`` an INT8 bundle is executed exactly as written,
    because kernels of some CPUs saturate; another engine asked for by name gets the bundle's copy
    for CPUs where there is one. Raises ``InputError`` for anything else, or when path and engine
    do not go together, ``MissingError`` without torch or TensorRT.
    """
    path = Path(path)
    if engine not in ENGINES:
        raise InputError(f"no engine '{engine}'", hint=f"one of: {', '.join(ENGINES)}")
    if is_bundle(path):
        return _open_bundle(path, _onnx_engine(path, engine), threads)
    if path.suffix == ".onnx" and path.is_file():
        return _open_onnx(path, _onnx_engine(path, engine), threads)
    if path.suffix in ENGINE_SUFFIXES and path.is_file():
        return _open_engine(path, engine)
    if (path / CHECKPOINT).is_file() or (path.suffix == ".safetensors" and path.is_file()):
        return _open_run(path, engine)
    raise InputError(
        "neither a run, a checkpoint, a bundle, an ONNX file nor an engine",
        where=str(path),
        hint=f"a run holds {CHECKPOINT}, a bundle manifest.json",
    )


def _open_run(path: Path, engine: Engine) -> Opened:
    if engine not in ("auto", "torch"):
        raise InputError(
            f"a run is executed by torch, not by {engine}",
            where=str(path),
            hint=f"t2e export {path} -o BUNDLE, then evaluate the bundle",
        )
    predictor = _door(TRAINER)(path)
    return Opened(predictor, path, path / CHECKPOINT if path.is_dir() else path, "torch")


def _open_engine(path: Path, engine: Engine) -> Opened:
    if engine != "auto":
        raise InputError(
            f"a TensorRT engine is run by TensorRT, not by {engine}",
            where=str(path),
            hint="leave out --engine",
        )
    return Opened(_door(TENSORRT)(path), path, path, "tensorrt")


def _door(where: str) -> Callable[[Path], Predictor]:
    module, _, name = where.partition(":")
    try:
        return cast(Callable[[Path], Predictor], getattr(importlib.import_module(module), name))
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if (error.name or "").partition(".")[0] == package:
            raise
        extra, what = ("train", "checkpoints") if package == "trainer" else ("device", "engines")
        raise MissingError(
            f"{error.name} is not installed, which runs {what}",
            hint=f"pip install 'train2edge[{extra}]'",
        ) from None


def _onnx_engine(path: Path, engine: Engine) -> OnnxEngine:
    if engine == "torch":
        raise InputError(
            "torch runs checkpoints, not ONNX files",
            where=str(path),
            hint="--engine auto, openvino, onnxruntime or exact",
        )
    return engine


def _open_bundle(path: Path, engine: OnnxEngine, threads: int | None) -> Opened:
    bundle = ModelBundle.open(path)
    role = "model"
    if bundle.precision == "int8":
        if engine == "auto":
            engine = "exact"
        elif engine != "exact" and bundle.has("model_cpu") and not faithful(bundle.file(role)):
            role = "model_cpu"  # as the twin decides
    file = bundle.file(role)
    model = open_model(file, engine=engine, threads=threads)
    return Opened(OnnxPredictor(model, bundle.contract), path, file, model.engine)


def _open_onnx(file: Path, engine: OnnxEngine, threads: int | None) -> Opened:
    if engine == "auto" and _is_int8(file):
        engine = "exact"
    model = open_model(file, engine=engine, threads=threads)
    contract = Contract.from_metadata(model.metadata, where=str(file))
    return Opened(OnnxPredictor(model, contract), file, file, model.engine)


def _is_int8(file: Path) -> bool:
    """The INT8 file of a bundle, given by its own name instead of the bundle's."""
    if not is_bundle(file.parent):
        return False
    bundle = ModelBundle.open(file.parent, check_digests=False)
    return bundle.precision == "int8" and bundle.files.get("model") == file.name
