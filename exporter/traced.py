"""An FP32 graph that is ready for quantisation and packing, wherever it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import onnx

from exporter.report import Parity
from exporter.surgery.report import SurgeryReport
from train2edge.contract import Contract
from train2edge.errors import WorkError


@dataclass(frozen=True)
class Traced:
    """The graph after surgery, how far it is from its origin, and what that was.

    ``trained`` are the ranges, by tensor, that a quantisation-aware network learned in, and
    ``quantised`` how far its Q/DQ graph is from it; empty and ``None`` for any other.
    """

    model: onnx.ModelProto
    contract: Contract
    surgery: SurgeryReport
    parity: Parity
    origin: Mapping[str, Any]
    trained: Mapping[str, float] = field(default_factory=dict)
    quantised: Parity | None = None


def checked(parity: Parity) -> Parity:
    """``WorkError`` where the graph does not do what its origin does."""
    if not parity.passed:
        raise WorkError(f"{parity.what}: {parity.difference:.3g} (tolerance {parity.tolerance:g})")
    return parity
