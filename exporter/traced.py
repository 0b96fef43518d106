"""An FP32 graph that is ready for quantisation and packing, wherever it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import onnx

from exporter.report import Parity
from exporter.surgery.report import SurgeryReport
from train2edge.contract import Contract
from train2edge.errors import WorkError


@dataclass(frozen=True)
class Traced:
    """The graph after surgery, how far it is from its origin, and what that was."""

    model: onnx.ModelProto
    contract: Contract
    surgery: SurgeryReport
    parity: Parity
    origin: Mapping[str, Any]


def checked(parity: Parity) -> Parity:
    """``WorkError`` where the graph does not do what its origin does."""
    if not parity.passed:
        raise WorkError(f"{parity.what}: {parity.difference:.3g} (tolerance {parity.tolerance:g})")
    return parity
