"""What noise at a network's outputs is: the squared difference over the signal, as one figure.

Ten times its negative logarithm are the decibels of signal to quantisation noise.

Where a network ends in grids, it is measured at the Convs that no other leads on to, after their
sigmoid: over the variance of the float values, the worst of them. Where it ends in lists of boxes,
it is measured at all candidates: most of them are background, whose boxes nobody sees and whose
classes were never taught (YOLOX teaches neither where there is no object), so scores count as they
are, objectness included, and boxes by their score, in units of their own size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter.quantize import placement
from exporter.surgery.append_topk import BOXES, LABELS

Floats = NDArray[np.float32]
Rows = Mapping[str, Sequence[Floats]]  # of each tensor its values, a picture each


class Measure(Protocol):
    """Where noise is looked at, and how much there is; tensors that ``found`` lacks have none."""

    @property
    def tensors(self) -> tuple[str, ...]: ...

    def noise(self, wanted: Rows, found: Rows) -> float: ...


@dataclass(frozen=True)
class AtGrids:
    tensors: tuple[str, ...]

    def noise(self, wanted: Rows, found: Rows) -> float:
        return _worst([relative_noise(wanted[one], found[one]) for one in found])


@dataclass(frozen=True)
class AtCandidates:
    """``boxes`` ``[1, A, 4]`` corners in pixels and ``scores`` ``[1, A, C]`` of a picture."""

    boxes: str
    scores: str

    @property
    def tensors(self) -> tuple[str, ...]:
        return self.boxes, self.scores

    def noise(self, wanted: Rows, found: Rows) -> float:
        return _worst(list(self._each(wanted, found)))

    def _each(self, wanted: Rows, found: Rows) -> Iterator[float]:
        if self.scores in found:
            yield relative_noise(wanted[self.scores], found[self.scores])
        if self.boxes in found:
            boxes = np.stack(wanted[self.boxes]).astype(np.float64)
            weight = np.stack(wanted[self.scores]).max(axis=-1).astype(np.float64) ** 2
            sides = np.maximum(boxes[..., 2:] - boxes[..., :2], 1)
            moved = ((np.stack(found[self.boxes]) - boxes) ** 2).mean(axis=-1)
            seen = float((weight * sides[..., 0] * sides[..., 1]).sum())
            yield 0.0 if seen == 0 else float((weight * moved).sum()) / seen


def measure_of(model: onnx.ModelProto) -> Measure:
    """How noise is measured in ``model``."""
    reads = {node.name: node.input[0] for node in model.graph.node if node.name in (BOXES, LABELS)}
    if len(reads) == 2:
        return AtCandidates(reads[BOXES], reads[LABELS])
    return AtGrids(last_tensors(gs.import_onnx(model)))


def decibels(noise: float) -> float:
    """Signal to noise in dB; infinite without noise, and not a number where the noise is none."""
    return math.inf if noise == 0 else -10 * math.log10(noise)


def _worst(noise: Sequence[float]) -> float:
    """The largest; not a number if one is none, which ``max`` would drop: it must pass no gate."""
    return float(np.max(noise))


def relative_noise(wanted: Sequence[Floats], found: Sequence[Floats]) -> float:
    """Mean squared difference over the variance of ``wanted``, over all pictures."""
    a, b = np.stack(wanted).astype(np.float64), np.stack(found).astype(np.float64)
    spread = float(a.var())
    return 0.0 if spread == 0 else float(((a - b) ** 2).mean()) / spread


def last_tensors(graph: gs.Graph) -> tuple[str, ...]:
    """Outputs of the quantisable Convs and Gemms that lead to no other, after a sigmoid."""
    weighted = set(placement.plan(graph).weights)
    before = _upstream(graph, weighted)
    last = [one for one in graph.nodes if one.name in weighted and id(one) not in before]
    return tuple(_after_sigmoid(one.outputs[0]) for one in last)


def _upstream(graph: gs.Graph, names: set[str]) -> set[int]:
    """Ids of the nodes that lead to a node of ``names``."""
    waiting = [one for one in graph.nodes if one.name in names]
    found: set[int] = set()
    while waiting:
        for tensor in waiting.pop().inputs:
            fresh = [one for one in tensor.inputs if id(one) not in found]
            found.update(map(id, fresh))
            waiting += fresh
    return found


def _after_sigmoid(tensor: gs.Tensor) -> str:
    readers = tensor.outputs
    if len(readers) == 1 and readers[0].op == "Sigmoid":
        return str(readers[0].outputs[0].name)
    return str(tensor.name)
