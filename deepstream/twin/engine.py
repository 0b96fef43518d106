"""Which file the twin's ``nvinfer`` runs, by what, and why: decided and said, never silent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from train2edge.errors import InputError
from train2edge.int8_kernels import add_exactly, misread
from train2edge.runtime import Engine

CPU_COPY = ".cpu.onnx"
PLUGIN, WITH_PLUGIN = "EfficientNMS_TRT", "_nms.onnx"


@dataclass(frozen=True)
class EngineChoice:
    """``model`` is run by ``engine``; ``reason`` is one sentence for the user."""

    model: Path
    engine: Engine
    reason: str


def choose(
    onnx: Path,
    engine: Engine = "auto",
    *,
    int8: bool = False,
    cpu: frozenset[str] | None = None,
) -> EngineChoice:
    """Decide how to run ``onnx``, the file that nvinfer would build its TensorRT engine from.

    ``auto`` knows the graphs beside it that are the same network in INT8: the Q/DQ graph, for a
    device that quantises by a calibration cache, and ``*.cpu.onnx`` with 7-bit weights.
    ``int8`` is nvinfer's network-mode 1; ``cpu`` this CPU's features (of ``/proc/cpuinfo``).
    ``InputError`` when the file is absent.
    """
    if not onnx.is_file():
        raise InputError("no such ONNX file", where=str(onnx), hint="t2e export writes it")
    if nms_inside(onnx):
        chosen = choose(_without_plugin(onnx), engine, int8=int8, cpu=cpu)
        why = f"{chosen.reason}; nvinfer's NMS stands in for {PLUGIN} of {onnx.name}"
        return replace(chosen, reason=why)
    if engine != "auto":
        asked = (_same_ranges(onnx) if int8 else None) or onnx
        return EngineChoice(asked, engine, f"{asked.name} by {engine}, as asked")
    exact = add_exactly(cpu)
    if _quantised(onnx):
        return _exact(onnx) if exact else _saturating(onnx)
    return _by_cache(onnx, exact) if int8 else _floats(onnx)


def nms_inside(onnx: Path) -> bool:
    """Whether TensorRT's plugin for NMS is in the graph, which nothing else runs."""
    return PLUGIN.encode() in onnx.read_bytes()


def _without_plugin(onnx: Path) -> Path:
    plain = onnx.with_name(f"{onnx.name.removesuffix(WITH_PLUGIN)}.onnx")
    if not onnx.name.endswith(WITH_PLUGIN) or not plain.is_file():
        raise InputError(
            f"has {PLUGIN}, which only TensorRT runs, and there is no graph without it beside it",
            where=str(onnx),
            hint="t2e stream config --nms engine puts both into the app folder",
        )
    return plain


def _exact(onnx: Path) -> EngineChoice:
    if misread(onnx):
        copy = _copy(onnx)
        why = "OpenVINO was seen to miscompute signed INT8 graphs that have a Concat"
        if copy is None:
            return EngineChoice(onnx, "exact", f"{onnx.name} in exact simulation, slow: {why}")
        return EngineChoice(copy, "auto", f"{copy.name}, the unsigned copy: {why}")
    return EngineChoice(onnx, "auto", f"{onnx.name} in int8: this CPU adds in 32 bits")


def _floats(onnx: Path) -> EngineChoice:
    return EngineChoice(onnx, "auto", f"{onnx.name}, not quantised, in 32-bit floats")


def _saturating(onnx: Path) -> EngineChoice:
    copy = _copy(onnx)
    if copy is not None:
        why = (
            f"{copy.name}, the copy with 7-bit weights: this CPU's int8 kernels saturate;"
            f" engine 'exact' runs {onnx.name} itself, slower"
        )
        return EngineChoice(copy, "auto", why)
    why = (
        f"{onnx.name} in exact simulation, slow: this CPU's int8 kernels saturate and there is no"
        " copy with 7-bit weights"
    )
    return EngineChoice(onnx, "exact", why)


def _by_cache(onnx: Path, exact: bool) -> EngineChoice:
    """The device makes INT8 of a float graph by its calibration cache."""
    graph = _same_ranges(onnx) if exact else None
    if graph is not None and misread(graph):
        return _exact(graph)
    if graph is not None:
        why = f"{graph.name}, INT8 by the same ranges as the calibration cache of {onnx.name}"
        return EngineChoice(graph, "auto", why)
    copy = _copy(onnx)
    if copy is not None:
        why = f"{copy.name}, INT8 with 7-bit weights, as the device runs {onnx.name} in INT8"
        return EngineChoice(copy, "auto", why)
    why = f"{onnx.name} in 32-bit floats; the device runs it in INT8 by its calibration cache"
    return EngineChoice(onnx, "auto", why)


def _copy(onnx: Path) -> Path | None:
    copies = sorted(onnx.parent.glob(f"*{CPU_COPY}"))
    return copies[0] if len(copies) == 1 else None


def _same_ranges(onnx: Path) -> Path | None:
    """The one Q/DQ graph beside ``onnx`` that has full 8-bit weights."""
    others = (one for one in sorted(onnx.parent.glob("*.onnx")) if one != onnx)
    graphs = [one for one in others if not one.name.endswith(CPU_COPY) and _quantised(one)]
    return graphs[0] if len(graphs) == 1 else None


def _quantised(onnx: Path) -> bool:
    """An ONNX file names its operators in clear text; reading it needs no onnx package."""
    return b"DequantizeLinear" in onnx.read_bytes()
