"""The command line by which one TensorRT's ``trtexec`` builds an engine. Pure data.

Flags by release: ``trtexec --help`` of 8.x and 10.x, and NVIDIA's "Migrating trtexec Usage from
TensorRT 10.x to 11.x". Not run by us: there is no TensorRT without a GPU.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from train2edge import tensorrt
from train2edge.contract import InputContract
from train2edge.errors import InputError
from train2edge.targets import Kind

Shape = tuple[int, ...]
PROGRAM = "trtexec"
ON_JETSON = "/usr/src/tensorrt/bin/trtexec"  # JetPack does not put it on the PATH


@dataclass(frozen=True)
class Profile:
    """The shapes of one input between which the engine works, and the one it is tuned for."""

    minimum: Shape
    optimum: Shape
    maximum: Shape

    @classmethod
    def of(
        cls, frame: InputContract, largest: int, *, smallest: int = 1, optimum: int | None = None
    ) -> Profile:
        """For ``smallest`` to ``largest`` frames at once, tuned for the most, as nvinfer does."""
        one = (frame.channels, frame.height, frame.width)
        return cls((smallest, *one), (optimum or largest, *one), (largest, *one))


@dataclass(frozen=True)
class TrtexecCall:
    """What ``trtexec`` of TensorRT ``release`` is told; paths are relative to where it runs.

    ``profile`` of the input ``tensor`` is ``None`` for a fixed batch. ``flags`` are precisions to
    allow; ``cache`` is a calibration cache with this TensorRT's own first line.
    """

    kind: Kind
    release: str
    model: str
    engine: str
    tensor: str
    profile: Profile | None
    flags: tuple[str, ...] = ()
    strongly_typed: bool = False
    cache: str | None = None
    dla: int | None = None
    layers: tuple[tuple[str, str], ...] = ()
    workspace: int | None = None
    timing_cache: str | None = None

    def arguments(self) -> tuple[str, ...]:
        """The words; ``InputError`` for what this ``trtexec`` has none for."""
        program = ON_JETSON if self.kind == "jetson" else PROGRAM
        return (program, f"--onnx={self.model}", f"--saveEngine={self.engine}", *self._options())

    @property
    def shell_line(self) -> str:
        return shlex.join(self.arguments())

    def _options(self) -> Iterator[str]:
        facts, version = tensorrt.facts(), tensorrt.parse(self.release)
        yield from (f"--{precision}" for precision in self.flags)
        if self.strongly_typed and facts.has_weak_typing(version):
            yield "--stronglyTyped"  # from 11 on there is nothing else
        if self.dla is not None:
            yield from (f"--useDLACore={self.dla}", "--allowGPUFallback")
        if self.profile is not None:
            yield from _shapes(self.tensor, self.profile)
        if self.cache is not None:
            yield f"--calib={self.cache}"
        if self.layers:
            yield from self._layers()
        if self.workspace is not None:
            pool = version >= facts.workspace_pool_first
            key = "--memPoolSize=workspace:" if pool else "--workspace="
            yield f"{key}{self.workspace}"
        if self.timing_cache is not None:
            yield f"--timingCacheFile={self.timing_cache}"

    def _layers(self) -> Iterator[str]:
        """``InputError`` for what trtexec has no words for; the Python builder takes any name."""
        hint = "t2e engine BUNDLE --build on the device takes it"
        if tensorrt.parse(self.release) < tensorrt.facts().layer_precisions_first:
            message = f"trtexec of TensorRT {self.release} takes no precisions of layers"
            raise InputError(message, where="--layer", hint=hint)
        for name, _ in self.layers:
            if set(name) & set(",:'"):
                message = f"trtexec cannot name the layer {name!r}"
                raise InputError(message, where="--layer", hint=hint)
        chosen = ",".join(f"{name}:{precision}" for name, precision in self.layers)
        yield from ("--precisionConstraints=obey", f"--layerPrecisions={chosen}")


def _shapes(tensor: str, profile: Profile) -> Iterator[str]:
    name = f"'{tensor}'" if ":" in tensor else tensor  # trtexec's own quotes
    for key, shape in (
        ("min", profile.minimum),
        ("opt", profile.optimum),
        ("max", profile.maximum),
    ):
        yield f"--{key}Shapes={name}:{'x'.join(map(str, shape))}"
