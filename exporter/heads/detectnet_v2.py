"""DetectNet_v2 as TLT and TAO export it: coverage ``[N, C, h, w]`` and boxes ``[N, 4C, h, w]``.

nvinfer has a parser for it built in, so nothing is decoded here; the outputs only get the names
that it looks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx_graphsurgeon as gs

from exporter.heads import Decoded, Floats, HeadPlan, Raw, Shape, shown
from exporter.surgery.pen import Pen
from train2edge.errors import InputError

DEFAULTS: Mapping[str, Any] = {"stride": 16}


def classes(outputs: Sequence[Shape], plan: HeadPlan) -> int:
    stride = int(plan.settings["stride"])
    cells = (-(-plan.height // stride), -(-plan.width // stride))
    channels = sorted(one[1] or 0 for one in outputs if len(one) == 4)
    same = all(
        len(one) == 4 and all(a in (None, b) for a, b in zip(one[2:], cells, strict=True))
        for one in outputs
    )
    if not same or len(channels) != 2 or channels[1] != 4 * channels[0] or not channels[0]:
        raise InputError(
            f"outputs {shown(outputs)}; DetectNet_v2 has C and 4C channels of"
            f" {cells[0]}x{cells[1]} cells at {plan.width}x{plan.height}"
        )
    return channels[0]


def attach(pen: Pen, outputs: Sequence[gs.Variable], plan: HeadPlan) -> Decoded | None:
    """Coverage first: that is the order in which ``name_tensors`` names them."""
    pen.graph.outputs = sorted(outputs, key=lambda one: int(one.shape[1]))
    return None


def reference(outputs: Sequence[Floats], plan: HeadPlan) -> Raw:
    coverage, boxes = sorted(outputs, key=lambda one: one.shape[1])
    return Raw(np.asarray(boxes), np.asarray(coverage))
