"""An ``EnginePlan`` as shell lines with that TensorRT's ``trtexec``. Pure text."""

from __future__ import annotations

import shlex

from exporter.engine.plan import EnginePlan
from train2edge.errors import InputError
from train2edge.trtexec import TrtexecCall


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
    return TrtexecCall(
        kind=plan.kind,
        release=plan.tensorrt,
        model=plan.model,
        engine=plan.engine,
        tensor=plan.tensor,
        profile=plan.profile,
        flags=plan.flags,
        strongly_typed=plan.strongly_typed,
        cache=plan.cache_name,
        dla=plan.dla,
        layers=plan.layers,
        workspace=plan.workspace,
        timing_cache=plan.timing_cache,
    ).arguments()
