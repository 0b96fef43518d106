"""Would NVIDIA's compiler take this file? TensorRT for RTX answers without a GPU.

It is NVIDIA's own ONNX parser and a strongly typed compiler, so it proves that operators, types
and Q/DQ placement are acceptable. It measures neither latency nor accuracy, and its engines are
for its own runtime, not for nvinfer.
"""

from __future__ import annotations

import importlib.util
import json
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import onnx

from exporter.refusal_advice import advice
from train2edge.errors import InputError

CAPABILITIES = ("SM75", "SM80", "SM86", "SM89", "SM120", "SM121")
PACKAGE = "tensorrt_rtx"
Status = Literal["compiled", "refused", "crashed", "skipped"]


@dataclass(frozen=True)
class RefusedNode:
    """A node that the compiler does not take, and why."""

    node: str
    operator: str
    reason: str

    def __str__(self) -> str:
        return f"{self.operator} {self.node or '(unnamed)'}: {self.reason}"

    @property
    def advice(self) -> str:
        """What to do about it, where that is known."""
        return advice(self.operator, self.reason)


@dataclass(frozen=True)
class CompileReport:
    """The outcome for one compute capability; ``note`` says more in one line."""

    status: Status
    capability: str
    seconds: float = 0.0
    engine_bytes: int = 0
    refused: tuple[RefusedNode, ...] = ()
    note: str = ""

    @property
    def passed(self) -> bool:
        """Nothing was refused; a check that was skipped did not fail."""
        return self.status in ("compiled", "skipped")

    def figure(self) -> str:
        if self.status == "compiled":
            return f"compiled in {self.seconds:.1f} s, {self.engine_bytes / 1e6:.1f} MB"
        return f"{self.status}: {self.note}"


def check(
    path: Path, *, capability: str = "SM75", batch: int = 16, timeout: float = 600
) -> CompileReport:
    """Compile the ONNX file ``path`` for ``capability`` with batches of 1 to ``batch``.

    Runs in a process of its own: a crash of the compiler is a report, not our end.
    """
    if capability not in CAPABILITIES:
        raise InputError(
            f"TensorRT for RTX does not compile for {capability}",
            hint=f"one of {', '.join(CAPABILITIES)}",
        )
    if importlib.util.find_spec(PACKAGE) is None:
        note = "tensorrt_rtx is not installed (pip install 'train2edge[check]')"
        return CompileReport("skipped", capability, note=note)
    command = [sys.executable, "-m", "exporter.compile_child", str(path.absolute())]
    command += ["--capability", capability, "--batch", str(batch)]
    report = _run(command, capability, timeout)
    return replace(report, refused=_as_in_graph(report.refused, path)) if report.refused else report


def _as_in_graph(refused: tuple[RefusedNode, ...], path: Path) -> tuple[RefusedNode, ...]:
    """The nodes' operators as the file has them: the builder tells its own layers' kinds."""
    operators = {
        node.name: node.op_type
        for node in onnx.load(str(path), load_external_data=False).graph.node
    }
    return tuple(replace(one, operator=operators.get(one.node, one.operator)) for one in refused)


def _run(command: list[str], capability: str, timeout: float) -> CompileReport:
    root = Path(__file__).parents[1]  # so that -m finds the package from anywhere
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=root, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        note = f"the compiler was stopped after {timeout:.0f} s"
        return CompileReport("crashed", capability, note=note)
    if done.returncode != 0:
        return CompileReport("crashed", capability, note=_death(done.returncode, done.stderr))
    try:
        return _report(json.loads(done.stdout.splitlines()[-1]), capability)
    except (IndexError, ValueError, KeyError):
        return CompileReport("crashed", capability, note="the compiler gave no answer")


def _report(outcome: dict[str, Any], capability: str) -> CompileReport:
    if outcome["status"] == "compiled":
        return CompileReport("compiled", capability, outcome["seconds"], outcome["bytes"])
    refused = tuple(RefusedNode(**one) for one in outcome["refused"])
    return CompileReport(
        "refused", capability, refused=refused, note=_reason(refused, outcome["messages"])
    )


def _reason(refused: tuple[RefusedNode, ...], messages: list[str]) -> str:
    if refused:
        return "; ".join(map(str, refused))
    return messages[-1].strip() if messages else "it gave no reason"


def _death(code: int, stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    last = lines[-1] if lines else "nothing on stderr"
    if code < 0:
        name = signal.Signals(-code).name
        why = " (the system's memory may have run out)" if name == "SIGKILL" else ""
        return f"the compiler died of {name}{why}; last it said: {last}"
    return f"the compiler ended with {code}: {last}"
