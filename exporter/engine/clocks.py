"""The GPU's clocks and power mode, without which a latency means little.

On a PC by ``nvidia-smi``, on a Jetson from the kernel's devfreq files and ``nvpmodel``.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

DEVFREQ = Path("/sys/class/devfreq")
_GPU_NAMES = ("gpu", "gv11b", "gp10b", "gm20b", "ga10b")  # how the Jetsons' device trees name it
_QUERY = ("clocks.sm", "clocks.max.sm", "clocks.mem", "power.draw", "temperature.gpu")


def notes(devfreq: Path = DEVFREQ) -> tuple[str, ...]:
    """A line for each thing that could be read; one that says so when nothing could."""
    found = (*_jetson(devfreq), *_nvidia_smi(), *_power_mode())
    return found or ("GPU clocks: not to be read here",)


def _jetson(devfreq: Path) -> Iterator[str]:
    for folder in sorted(devfreq.glob("*")):
        if any(name in folder.name for name in _GPU_NAMES):
            now, most = (_megahertz(folder / f"{key}_freq") for key in ("cur", "max"))
            if now and most:
                yield f"GPU clock {now} of {most} MHz; sudo jetson_clocks holds it at the top"


def _megahertz(file: Path) -> int | None:
    try:
        return int(file.read_text()) // 1_000_000
    except (OSError, ValueError):
        return None


def _nvidia_smi() -> Iterator[str]:
    query = ",".join(_QUERY)
    told = _run("nvidia-smi", "-i", "0", f"--query-gpu={query}", "--format=csv,noheader")
    values = [one.strip() for one in told.splitlines()[0].split(",")] if told else []
    if len(values) == len(_QUERY) and "[N/A]" not in values[0]:
        now, most, memory, power, heat = values
        yield f"SM clock {now} of {most}, memory {memory}, {power}, {heat} degrees"


def _power_mode() -> Iterator[str]:
    told = _run("nvpmodel", "-q")
    modes = [line for line in told.splitlines() if "NV Power Mode" in line]
    yield from (line.strip() for line in modes[:1])


def _run(program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        return ""
    try:
        done = subprocess.run(
            [program, *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
