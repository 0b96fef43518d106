"""What the reports of all tasks say of a scoring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from train2edge.contract import Contract
from train2edge.detections import FrameDetections


@dataclass(frozen=True, kw_only=True)
class Scored:
    """``found`` of every picture by its unique name, under ``contract``, in ``seconds``.

    ``model`` and ``provenance`` say what was scored, on which ``split`` of what.
    """

    contract: Contract
    found: tuple[FrameDetections, ...]
    seconds: float
    split: str = ""
    model: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pictures_per_second(self) -> float:
        return len(self.found) / max(self.seconds, 1e-9)

    def about(self) -> dict[str, Any]:
        """Everything but what was found, as plain JSON values."""
        return {
            "split": self.split,
            "model": dict(self.model),
            "seconds": round(self.seconds, 3),
            "pictures_per_second": round(self.pictures_per_second, 2),
            "contract_sha256": self.contract.digest,
            "provenance": dict(self.provenance),
        }
