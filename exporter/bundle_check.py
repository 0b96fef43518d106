"""Would NVIDIA's compiler take every file of a bundle, for every device that it is meant for?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from exporter.compile_check import CAPABILITIES, CompileReport, check
from train2edge import targets
from train2edge.bundle import ModelBundle
from train2edge.files import digest_file

DEFAULT = "7.5"  # the T4's, and the oldest that TensorRT for RTX compiles for
KEY = "compute_capabilities"  # in the bundle's provenance: those of its targets


@dataclass(frozen=True)
class CapabilityCheck:
    """The outcome for one compute capability, by precision; ``note`` on whom it stands in for."""

    capability: str
    reports: Mapping[str, CompileReport]
    note: str = ""

    @property
    def passed(self) -> bool:
        return all(one.passed for one in self.reports.values())

    def as_record(self) -> dict[str, Any]:
        """Plain JSON values."""
        reports = {
            precision: {**asdict(one), "advice": [node.advice for node in one.refused]}
            for precision, one in self.reports.items()
        }
        return {
            "capability": self.capability,
            "checked_as": self.note,
            "passed": self.passed,
            "reports": reports,
        }

    def lines(self) -> Iterator[str]:
        """A line for each precision, below it each refused node and what to do."""
        if self.note:
            yield self.note
        for precision, report in self.reports.items():
            said = report.status if report.refused else report.figure()
            yield f"{precision:4} for {self.capability}: {said}"
            for node in report.refused:
                yield f"  {node}"
                if node.advice:
                    yield f"    {node.advice}"


@dataclass(frozen=True)
class BundleCheck:
    """The outcome for every compute capability of a bundle's targets."""

    checks: tuple[CapabilityCheck, ...]

    @property
    def passed(self) -> bool:
        return all(one.passed for one in self.checks)

    @property
    def skipped(self) -> bool:
        reports = (report for one in self.checks for report in one.reports.values())
        return any(one.status == "skipped" for one in reports)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(one.note for one in self.checks if one.note)

    def as_record(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"passed": self.passed, "checks": [one.as_record() for one in self.checks]}

    def lines(self) -> list[str]:
        return [line for one in self.checks for line in one.lines()]


def capabilities_of(devices: Iterable[str]) -> tuple[str, ...]:
    """The compute capabilities of the targets named, each once; the default where none is named."""
    found = (targets.target(name).compute_capability for name in devices)
    return tuple(dict.fromkeys(found)) or (DEFAULT,)


def noted(bundle: ModelBundle) -> tuple[str, ...]:
    """The compute capabilities that ``bundle`` was exported for."""
    return tuple(bundle.provenance.get(KEY, (DEFAULT,)))


def stand_ins(compute_capabilities: Iterable[str]) -> dict[str, str]:
    """What is compiled for instead of each device's, the same only once, with a note on the rest.

    TensorRT for RTX has no SM72, SM87 (Orin) or SM90: the nearest that it has stands in.
    """
    missing: dict[str, list[str]] = {}
    for exact in dict.fromkeys(f"SM{one.replace('.', '')}" for one in compute_capabilities):
        nearest = min(CAPABILITIES, key=lambda known: abs(int(known[2:]) - int(exact[2:])))
        missing.setdefault(nearest, []).extend([] if exact == nearest else [exact])
    return {name: _note(name, others) for name, others in missing.items()}


def _note(capability: str, missing: list[str]) -> str:
    if not missing:
        return ""
    return f"checked as {capability}: TensorRT for RTX has no {' and no '.join(missing)}"


def check_bundle(
    bundle: ModelBundle, compute_capabilities: Iterable[str] = (DEFAULT,), *, batch: int = 16
) -> BundleCheck:
    """Compile every precision that ``bundle`` has for each of the devices' capabilities."""
    files = files_by_precision(bundle)

    def each(capability: str) -> dict[str, CompileReport]:
        return {
            precision: check(path, capability=capability, batch=batch)
            for precision, path in files.items()
        }

    wanted = stand_ins(compute_capabilities)
    return BundleCheck(tuple(CapabilityCheck(one, each(one), note) for one, note in wanted.items()))


def files_by_precision(bundle: ModelBundle) -> dict[str, Path]:
    """The bundle's different files for a device, FP32 first."""
    roles = {"model_fp32": "fp32", "model": bundle.precision}
    found: dict[str, Path] = {}
    seen: set[str] = set()
    for role, precision in roles.items():
        if bundle.has(role) and (digest := digest_file(bundle.file(role))) not in seen:
            seen.add(digest)
            found[precision] = bundle.file(role)
    return found
