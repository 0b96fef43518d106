"""What this CPU's int8 kernels make of a Q/DQ graph: the sums as written, or other ones."""

from __future__ import annotations

from pathlib import Path

# CPUs whose int8 kernels add products in 32 bits; the others saturate in 16.
EXACT = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"})


def faithful(onnx: Path, cpu: frozenset[str] | None = None) -> bool:
    """Whether the Q/DQ graph ``onnx`` is computed as it is written, and needs no stand-in."""
    return add_exactly(cpu) and not misread(onnx)


def add_exactly(cpu: frozenset[str] | None = None) -> bool:
    """Whether 8-bit weights saturate nothing; ``cpu`` are features, by default this CPU's."""
    return bool(EXACT & (cpu_features() if cpu is None else cpu))


def cpu_features(path: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The features of the first CPU; none where the system does not tell."""
    if not path.is_file():
        return frozenset()
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(value.split())
    return frozenset()


def misread(onnx: Path) -> bool:
    """Whether OpenVINO (2026.4 was tried) computes this Q/DQ graph wrongly.

    Seen, not explained: its own graph shows the Concat as unsigned, and YOLOX-Nano
    fell from .617 to .024 AP50. The CPU copy's tensors are unsigned, with their zero at 128.
    An ONNX file names its operators in clear text; reading it needs no onnx package.
    """
    return b"Concat" in onnx.read_bytes()
