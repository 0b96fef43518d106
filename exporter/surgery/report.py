"""What a surgery pass did, and by how much the outputs moved."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PassReport:
    """``changed`` nodes or tensors; ``notes`` say what was left as it is, and why."""

    name: str
    changed: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckedPass:
    """A pass, and how far the outputs are from those of the graph before it.

    ``difference`` is the largest of the output that moved most for its size, ``largest`` that
    output's own largest value.
    """

    report: PassReport
    difference: float
    largest: float

    @property
    def relative(self) -> float:
        """``difference`` in units of the output's largest value (at least 1)."""
        return self.difference / max(1.0, self.largest)


@dataclass(frozen=True)
class SurgeryReport:
    passes: tuple[CheckedPass, ...]
    tolerance: float

    @property
    def worst(self) -> float:
        return max((one.difference for one in self.passes), default=0.0)
