"""Carry out an ``EnginePlan`` with TensorRT's Python API, on the device itself.

Written against the documented API of TensorRT 8 to 11; needs a GPU. Everything that can be
decided without one is in ``plan``.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from exporter.engine.plan import EnginePlan
from exporter.quantize import cache
from train2edge.errors import MissingError, WorkError
from train2edge.files import replacing


def build(plan: EnginePlan, folder: Path, out: Path | None = None) -> Path:
    """Build the engine of the bundle in ``folder``; ``MissingError`` (exit 3) without TensorRT."""
    trt = _tensorrt(plan)
    _check_version(plan, trt.__version__)
    logger = trt.Logger(trt.Logger.WARNING)
    builder = trt.Builder(logger)
    network = _parse(trt, builder, logger, plan, folder / plan.model)
    config = _configure(trt, builder, plan, folder)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise WorkError(f"TensorRT {trt.__version__} could not build {plan.model}")
    path = out or folder / plan.engine
    with replacing(path) as beside:
        beside.write_bytes(bytes(engine))
    return path


def _tensorrt(plan: EnginePlan) -> Any:
    if importlib.util.find_spec("tensorrt") is None:
        raise MissingError(
            f"TensorRT is not installed here; an engine is built on the device ({plan.target})",
            hint=f"there, inside the bundle: {plan.commands()[-1]}",
        )
    return importlib.import_module("tensorrt")


def _check_version(plan: EnginePlan, version: str) -> None:
    if version.split(".")[:2] != plan.tensorrt.split(".")[:2]:
        raise WorkError(
            f"TensorRT {version} is installed here, DeepStream {plan.deepstream} on {plan.target}"
            f" has {plan.tensorrt}; an engine runs only on the TensorRT that built it",
            hint="build on the device, or give its release with --deepstream",
        )


def _parse(trt: Any, builder: Any, logger: Any, plan: EnginePlan, model: Path) -> Any:
    flags = trt.NetworkDefinitionCreationFlag
    explicit = getattr(flags, "EXPLICIT_BATCH", None)  # the only kind since TensorRT 10
    strong = getattr(flags, "STRONGLY_TYPED", None) if plan.tensorrt.startswith("11") else None
    chosen = sum(1 << int(flag) for flag in (explicit, strong) if flag is not None)
    network = builder.create_network(chosen)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse(model.read_bytes()):
        errors = [parser.get_error(index).desc() for index in range(parser.num_errors)]
        raise WorkError(f"TensorRT refuses {model.name}: {'; '.join(errors)}")
    return network


def _configure(trt: Any, builder: Any, plan: EnginePlan, folder: Path) -> Any:
    config = builder.create_builder_config()
    if plan.shapes is not None:
        low, high = plan.shapes
        profile = builder.create_optimization_profile()
        profile.set_shape(plan.tensor, low, high, high)
        config.add_optimization_profile(profile)
    for flag in plan.flags:
        name = {"--int8": "INT8", "--fp16": "FP16"}.get(flag)
        if name:
            config.set_flag(getattr(trt.BuilderFlag, name))
    if plan.dla is not None:
        config.default_device_type = trt.DeviceType.DLA
        config.DLA_core = plan.dla
        config.set_flag(trt.BuilderFlag.GPU_FALLBACK)
    if plan.cache is not None:
        config.int8_calibrator = _calibrator(trt, plan, folder / plan.cache)
    return config


def _calibrator(trt: Any, plan: EnginePlan, path: Path) -> Any:
    """A calibrator that only reads the cache, under the header that this TensorRT wants."""
    version = cache.version_number(plan.tensorrt)
    text = cache.read(path).for_version(version).text().encode()

    class CacheReader(trt.IInt8EntropyCalibrator2):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IInt8EntropyCalibrator2.__init__(self)

        def get_batch_size(self) -> int:
            return plan.batch

        def get_batch(self, names: list[str]) -> None:
            return None

        def read_calibration_cache(self) -> bytes:
            return text

        def write_calibration_cache(self, written: bytes) -> None:
            return None

    return CacheReader()
