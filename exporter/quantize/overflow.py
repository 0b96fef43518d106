"""Which tensors float16 may not hold: found by running real pictures, not by rules.

Float16 ends at 65504. A network that was trained in float32 may go beyond anywhere: a sum of
squares, an exponential, a picture that was never divided by 255. On the device that is an infinity,
then no number, and no box.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto

from exporter.quantize.fp16 import LARGEST
from exporter.runs import session, with_outputs
from train2edge.calibration.histogram import Histogram

ROOM = 2.0  # other pictures may reach twice as far as those that were looked at


def large_tensors(
    model: onnx.ModelProto, pictures: Iterable[NDArray[np.float32]]
) -> frozenset[str]:
    """The float tensors that reach ``LARGEST / ROOM`` on ``pictures`` ``[C, H, W]``, the input's
    among them, or that are no number."""
    feed, names = model.graph.input[0].name, _float_tensors(model)
    running = session(with_outputs(model, names), optimise=True)
    found: set[str] = set()
    for picture in pictures:
        values = dict(zip(names, running.run(names, {feed: picture[None]}), strict=True))
        for name, value in {feed: picture, **values}.items():
            if _is_large(np.abs(value).max(initial=0.0)):
                found.add(name)
    return frozenset(found)


def large_among(histograms: Mapping[str, Histogram]) -> frozenset[str]:
    """The same of tensors whose values were counted already."""
    return frozenset(name for name, one in histograms.items() if _is_large(one.maximum))


def _is_large(largest: float) -> bool:
    return not largest < LARGEST / ROOM  # true for NaN


def _float_tensors(model: onnx.ModelProto) -> list[str]:
    """Every float32 tensor that a node makes."""
    inferred = onnx.shape_inference.infer_shapes(model).graph
    kinds = {
        one.name: one.type.tensor_type.elem_type for one in [*inferred.value_info, *inferred.output]
    }
    made = (name for node in model.graph.node for name in node.output if name)
    return [name for name in made if kinds.get(name) == TensorProto.FLOAT]
