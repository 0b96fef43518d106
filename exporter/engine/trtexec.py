"""An ``EnginePlan`` as the command line of that TensorRT's ``trtexec``. Pure text.

Flags by release: ``trtexec --help`` of 8.x and 10.x, and NVIDIA's "Migrating trtexec Usage from
TensorRT 10.x to 11.x". Not run by us: there is no TensorRT without a GPU.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from exporter.engine.options import Profile, Shape
from exporter.engine.plan import EnginePlan
from train2edge import tensorrt
from train2edge.errors import InputError

_JETSON = "/usr/src/tensorrt/bin/trtexec"  # JetPack does not put it on the PATH


def commands(plan: EnginePlan) -> tuple[str, ...]:
    """Shell lines, to be run inside the bundle's folder on the device."""
    if plan.lane == "pictures":
        raise InputError(
            "trtexec calibrates on random numbers, never on pictures",
            where="--calibrate",
            hint="with --build on the device, TensorRT is shown the pictures",
        )
    lines = []
    if plan.cache is not None:
        source, copy = shlex.quote(plan.cache), shlex.quote(plan.cache_name or "")
        header = f"1s/.*/{plan.cache_header}/"
        lines.append(rf"sed -e '{header}' -e 's/\r$//' {source} > {copy}")
    return (*lines, shlex.join(arguments(plan)))


def commands_if_any(plan: EnginePlan) -> tuple[str, ...]:
    """The same, or nothing where only the Python builder can do it."""
    try:
        return commands(plan)
    except InputError:
        return ()


def arguments(plan: EnginePlan) -> tuple[str, ...]:
    """``trtexec``'s words, to be run inside the bundle's folder."""
    program = _JETSON if plan.kind == "jetson" else "trtexec"
    return (program, f"--onnx={plan.model}", f"--saveEngine={plan.engine}", *_options(plan))


def _options(plan: EnginePlan) -> Iterator[str]:
    yield from (f"--{precision}" for precision in plan.flags)
    if plan.strongly_typed and tensorrt.facts().has_weak_typing(plan.version):
        yield "--stronglyTyped"  # from 11 on there is nothing else
    if plan.dla is not None:
        yield from (f"--useDLACore={plan.dla}", "--allowGPUFallback")
    if plan.profile is not None:
        yield from _shapes(plan.tensor, plan.profile)
    if plan.cache_name is not None:
        yield f"--calib={plan.cache_name}"
    if plan.layers:
        yield from _layers(plan)
    if plan.workspace is not None:
        pool = plan.version >= tensorrt.facts().workspace_pool_first
        yield (
            f"--memPoolSize=workspace:{plan.workspace}" if pool else f"--workspace={plan.workspace}"
        )
    if plan.timing_cache is not None:
        yield f"--timingCacheFile={plan.timing_cache}"


def _shapes(tensor: str, profile: Profile) -> Iterator[str]:
    name = f"'{tensor}'" if ":" in tensor else tensor  # trtexec's own quotes
    for key, shape in (
        ("min", profile.minimum),
        ("opt", profile.optimum),
        ("max", profile.maximum),
    ):
        yield f"--{key}Shapes={name}:{_text(shape)}"


def _layers(plan: EnginePlan) -> Iterator[str]:
    """``InputError`` for what trtexec has no words for; the Python builder takes any name."""
    hint = "t2e engine BUNDLE --build on the device takes it"
    if plan.version < tensorrt.facts().layer_precisions_first:
        message = f"trtexec of TensorRT {plan.tensorrt} takes no precisions of layers"
        raise InputError(message, where="--layer", hint=hint)
    for name, _ in plan.layers:
        if set(name) & set(",:'"):
            message = f"trtexec cannot name the layer {name!r}"
            raise InputError(message, where="--layer", hint=hint)
    chosen = ",".join(f"{name}:{precision}" for name, precision in plan.layers)
    yield from ("--precisionConstraints=obey", f"--layerPrecisions={chosen}")


def _text(shape: Shape) -> str:
    return "x".join(map(str, shape))
