"""Carry out an ``EnginePlan`` with TensorRT's Python API, on the device itself.

Every name and argument used here is checked, in tests, against the bindings that NVIDIA publishes
for TensorRT 8.6 to 11.4. It has not run on hardware. What can be decided without a GPU is in
``plan``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exporter.engine import calibrator, library, memory, metadata, trtexec
from exporter.engine.plan import EnginePlan
from exporter.quantize import cache
from train2edge import tensorrt
from train2edge.bundle import ModelBundle
from train2edge.errors import WorkError
from train2edge.files import replacing

Pictures = Callable[[], Iterable[NDArray[np.float32]]]
_TYPES = {"fp32": "FLOAT", "fp16": "HALF", "int8": "INT8"}
_FLAGS = {"fp16": "FP16", "int8": "INT8"}
_MIB = 1 << 20
_SHOWN = 5


@dataclass(frozen=True)
class BuildReport:
    """``on_gpu`` are the layers that a DLA core does not take; ``seconds`` the building alone."""

    path: Path
    seconds: float
    on_gpu: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        lines = [f"built in {self.seconds:.0f} s", *self.notes]
        if self.on_gpu:
            more = f" and {len(self.on_gpu) - _SHOWN} more" if len(self.on_gpu) > _SHOWN else ""
            some = ", ".join(self.on_gpu[:_SHOWN]) + more
            lines.append(f"{len(self.on_gpu)} layers stay on the GPU: {some}")
        return lines


def build(
    plan: EnginePlan,
    bundle: ModelBundle,
    out: Path | None = None,
    *,
    pictures: Pictures | None = None,
) -> BuildReport:
    """Build the engine of ``bundle`` and note beside it what it was built by.

    ``pictures`` gives input tensors ``[C, H, W]`` for the lane ``pictures``. Raises
    ``MissingError`` (exit 3) without TensorRT or a GPU, ``WorkError`` when TensorRT refuses.
    """
    trt = library.load(f"on the device ({plan.target}), inside the bundle: {_by_hand(plan)}")
    _check_version(plan, trt.__version__)
    device = memory.open_device()
    path = out or bundle.path / plan.engine
    work = _Build(trt, device, plan, bundle, pictures, path)
    started = time.perf_counter()
    with replacing(path) as beside:
        beside.write_bytes(work.run())
    metadata.write(path, plan, bundle, trt.__version__, device.gpu)
    seconds = time.perf_counter() - started
    return BuildReport(path, seconds, tuple(work.on_gpu), tuple(work.notes))


def _by_hand(plan: EnginePlan) -> str:
    return ("t2e engine BUNDLE --build", *trtexec.commands_if_any(plan))[-1]


def _check_version(plan: EnginePlan, version: str) -> None:
    if version.split(".")[:2] != plan.tensorrt.split(".")[:2]:
        whose = f"DeepStream {plan.deepstream} on {plan.target}" if plan.deepstream else "the plan"
        raise WorkError(
            f"TensorRT {version} is installed here, {whose} has {plan.tensorrt};"
            " an engine runs only on the TensorRT that built it",
            hint=f"build on the device, or give --deepstream, or --tensorrt {version}",
        )


class _Build:
    """One building: objects that TensorRT needs to stay alive until it is done."""

    def __init__(
        self,
        trt: Any,
        device: memory.Device,
        plan: EnginePlan,
        bundle: ModelBundle,
        pictures: Pictures | None,
        out: Path,
    ) -> None:
        self.trt, self.device, self.plan, self.bundle = trt, device, plan, bundle
        self.pictures, self.out = pictures, out
        self.on_gpu: list[str] = []
        self.notes: list[str] = []
        self.logger = library.logger(trt)
        self.builder = trt.Builder(self.logger)
        self.network = self.builder.create_network(self._network_flags())
        self.config = self.builder.create_builder_config()
        self.calibrator: Any = None

    def run(self) -> bytes:
        self._parse()
        self._precisions()
        profile = self._profile()
        self._calibration(profile)
        self._dla()
        self._pools()
        engine = self.builder.build_serialized_network(self.network, self.config)
        calibrator.check(self.calibrator)
        if engine is None:
            version = self.trt.__version__
            raise WorkError(
                f"TensorRT {version} could not build {self.plan.model}; its log above says why"
            )
        self._keep_timing_cache()
        return bytes(engine)

    def _network_flags(self) -> int:
        """Batch dimensions are explicit (the only kind since 10); strong typing where planned."""
        flags = self.trt.NetworkDefinitionCreationFlag
        chosen = [getattr(flags, "EXPLICIT_BATCH", None)]
        chosen += [flags.STRONGLY_TYPED] if self.plan.strongly_typed else []
        return sum(1 << int(flag) for flag in chosen if flag is not None)

    def _parse(self) -> None:
        parser = self.trt.OnnxParser(self.network, self.logger)
        model = self.bundle.path / self.plan.model
        if not parser.parse(model.read_bytes()):
            errors = [parser.get_error(index) for index in range(parser.num_errors)]
            told = "; ".join(_told(error) for error in errors)
            raise WorkError(f"TensorRT {self.trt.__version__} refuses {model.name}: {told}")

    def _precisions(self) -> None:
        for flag in self.plan.flags:
            self.config.set_flag(getattr(self.trt.BuilderFlag, _FLAGS[flag]))
        if not self.plan.layers:
            return
        wanted = dict(self.plan.layers)
        for index in range(self.network.num_layers):
            layer = self.network.get_layer(index)
            precision = wanted.pop(layer.name, None)
            if precision is not None:
                layer.precision = getattr(self.trt.DataType, _TYPES[precision])
        if wanted:
            raise WorkError(f"the network has no layer named {', '.join(sorted(wanted))}")
        self.config.set_flag(self.trt.BuilderFlag.OBEY_PRECISION_CONSTRAINTS)

    def _profile(self) -> Any:
        shapes = self.plan.profile
        if shapes is None:
            return None
        profile = self.builder.create_optimization_profile()
        profile.set_shape(self.plan.tensor, shapes.minimum, shapes.optimum, shapes.maximum)
        self.config.add_optimization_profile(profile)
        return profile

    def _calibration(self, profile: Any) -> None:
        if self.plan.lane == "cache":
            self.calibrator = calibrator.from_cache(self.trt, self._cache(), self.plan.batch)
        elif self.plan.lane == "pictures":
            self.calibrator = self._shown()
        else:
            return
        self.config.int8_calibrator = self.calibrator
        if profile is not None:
            self.config.set_calibration_profile(profile)

    def _cache(self) -> bytes:
        """The cache under the header that this TensorRT wants."""
        found = cache.read(self.bundle.path / (self.plan.cache or ""))
        number = tensorrt.number(self.plan.version)
        return found.for_version(number).text().encode()

    def _shown(self) -> Any:
        if self.pictures is None:
            raise WorkError("calibration pictures were planned and none are given")
        shapes = self.plan.profile
        size = shapes.optimum[0] if shapes is not None else self.plan.batch
        kept = self.out.with_name(f"{self.out.name}.cache")
        return calibrator.from_pictures(self.trt, self.device, self.pictures(), size, kept)

    def _dla(self) -> None:
        if self.plan.dla is None:
            return
        self.config.default_device_type = self.trt.DeviceType.DLA
        self.config.DLA_core = self.plan.dla
        self.config.set_flag(self.trt.BuilderFlag.GPU_FALLBACK)
        layers = map(self.network.get_layer, range(self.network.num_layers))
        self.on_gpu = [one.name for one in layers if not self.config.can_run_on_DLA(one)]

    def _pools(self) -> None:
        if self.plan.workspace is not None:
            pool = self.trt.MemoryPoolType.WORKSPACE
            self.config.set_memory_pool_limit(pool, self.plan.workspace * _MIB)
        if self.plan.timing_cache is None:
            return
        file = self._timing_file()
        known = file.read_bytes() if file.is_file() else b""
        if not self.config.set_timing_cache(self.config.create_timing_cache(known), False):
            self.notes.append(f"{file} is of another TensorRT or GPU: timings are taken anew")
            self.config.set_timing_cache(self.config.create_timing_cache(b""), False)

    def _keep_timing_cache(self) -> None:
        if self.plan.timing_cache is not None:
            with replacing(self._timing_file()) as beside:
                beside.write_bytes(bytes(self.config.get_timing_cache().serialize()))

    def _timing_file(self) -> Path:
        return self.bundle.path / (self.plan.timing_cache or "")


def _told(error: Any) -> str:
    """The parser's error with the node's name, which TensorRT 8 has not."""
    if not hasattr(error, "node_name"):
        return f"node {error.node()}: {error.desc()}"
    return f"{error.node_operator()} {error.node_name()}: {error.desc()}"
