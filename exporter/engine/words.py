"""An ``EnginePlan`` for people: what is built of what, under which name, and the script for it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from exporter.engine.plan import EnginePlan

_LANES = {
    "float": "{model} as it stands",
    "flag": "TensorRT's flag, for all layers of {model} alike",
    "qdq": "the Q/DQ pairs of {model}",
    "cache": "{model} with the ranges of {cache}",
    "pictures": "{model}, calibrated by TensorRT on the experiment's pictures",
    "typed": "the types in {model}, which say what stays in FP32",
}


def lines(plan: EnginePlan) -> list[str]:
    """Device, releases and precision; what makes it; the name that nvinfer looks for."""
    release = "no DeepStream" if plan.deepstream is None else f"DeepStream {plan.deepstream}"
    made = _LANES[plan.lane].format(model=plan.model, cache=plan.cache)
    if plan.lane == "cache" and plan.dla is not None:
        made += ", since a DLA core wants no Q/DQ nodes"
    place = f"{plan.target}, {release}, TensorRT {plan.tensorrt}"
    return [f"{place}: {plan.precision.upper()} by {made}", *_name(plan), *_notes(plan)]


def _notes(plan: EnginePlan) -> Iterator[str]:
    yield from (f"note: {one}" for one in plan.notes)


def _name(plan: EnginePlan) -> Iterator[str]:
    """Where the engine goes, and why its name speaks of another file or precision."""
    if plan.deepstream is None:
        return
    app = f"an app of {'one input' if plan.batch == 1 else f'{plan.batch} inputs'}"
    maker = "t2e stream config" if plan.dla is None else f"t2e stream config --dla {plan.dla}"
    yield f"{plan.engine}: nvinfer of {app} by {maker} looks for it in APP/model"
    if not plan.engine.startswith(f"{plan.model}_"):
        read = plan.engine.partition(".onnx_")[0]
        yield f"  (the app names {read}.onnx; with this engine there, nvinfer builds none of it)"
    if not plan.engine.endswith(f"_{plan.precision}.engine"):
        word = plan.engine.rpartition("_")[2].partition(".")[0]
        yield f"  (nvinfer calls it {word}: with Q/DQ pairs its network-mode sets no precision)"


def script(plan: EnginePlan) -> str:
    """The commands as a file for the device; the bundle's folder is its argument."""
    release = "" if plan.deepstream is None else f" (DeepStream {plan.deepstream})"
    return "\n".join(
        [
            "#!/bin/sh -e",
            f"# builds {plan.engine} with TensorRT {plan.tensorrt}{release}, on {plan.target}",
            "# sh THIS_FILE BUNDLE; without BUNDLE in the folder you are in",
            'cd "${1:-.}"',
            *plan.commands(),
            f"ls -l {shlex.quote(plan.engine)}",
            "",
        ]
    )
