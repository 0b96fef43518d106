"""Which file the twin's ``nvinfer`` runs, by what, and why: decided and said, never silent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from train2edge.errors import InputError

Engine = Literal["auto", "openvino", "onnxruntime", "exact"]
# CPUs whose int8 kernels add products in 32 bits; the others saturate in 16.
EXACT_INT8 = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"})


@dataclass(frozen=True)
class EngineChoice:
    """``model`` is run by ``engine``; ``reason`` is one sentence for the user."""

    model: Path
    engine: Engine
    reason: str


def choose(
    onnx: Path, engine: Engine = "auto", *, cpu: frozenset[str] | None = None
) -> EngineChoice:
    """Decide how to run ``onnx``, the file that nvinfer would build its TensorRT engine from.

    ``auto`` looks for ``<stem>.cpu.onnx`` beside it, the copy with 7-bit weights. ``cpu`` is the
    set of this CPU's features (of ``/proc/cpuinfo``). ``InputError`` when the file is absent.
    """
    if not onnx.is_file():
        raise InputError("no such ONNX file", where=str(onnx), hint="t2e export writes it")
    if engine != "auto":
        return EngineChoice(onnx, engine, f"{onnx.name} by {engine}, as asked")
    if not _quantised(onnx):
        return EngineChoice(onnx, "auto", f"{onnx.name}, not quantised, in 32-bit floats")
    if EXACT_INT8 & (cpu_features() if cpu is None else cpu):
        return EngineChoice(onnx, "auto", f"{onnx.name} in int8: this CPU adds in 32 bits")
    return _without_exact_int8(onnx)


def _without_exact_int8(onnx: Path) -> EngineChoice:
    copy = onnx.with_name(f"{onnx.stem}.cpu.onnx")
    if copy.is_file():
        return EngineChoice(
            copy,
            "auto",
            f"{copy.name}, the copy with 7-bit weights: this CPU's int8 kernels saturate;"
            f" --engine exact runs {onnx.name} itself, slower",
        )
    return EngineChoice(
        onnx,
        "exact",
        f"{onnx.name} in exact simulation, slow: this CPU's int8 kernels saturate and there is no"
        f" {copy.name}",
    )


def cpu_features(path: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The features of the first CPU; none where the system does not tell."""
    if not path.is_file():
        return frozenset()
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(value.split())
    return frozenset()


def _quantised(onnx: Path) -> bool:
    """An ONNX file names its operators in clear text; reading it needs no onnx package."""
    return b"DequantizeLinear" in onnx.read_bytes()
