"""What the float network says, and how much noise a change brings to it.

Noise is measured where a network's own outputs are, before a head's decoding and ranking: at the
Convs that no other leads on to, after their sigmoid. Its figure is the mean squared difference
over the variance of the float values, the worst of those tensors: ten times its negative logarithm
are the decibels of signal to quantisation noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter import onnx_file
from exporter.quantize import placement
from exporter.quantize.downstream import Network
from exporter.runs import session, with_outputs

Floats = NDArray[np.float32]
Pictures = Sequence[Floats]


@dataclass(frozen=True)
class Reference:
    """What the float ``model`` gives: ``values`` of its last ``tensors``, a row a picture."""

    model: onnx.ModelProto
    tensors: tuple[str, ...]
    values: tuple[tuple[Floats, ...], ...]
    pictures: Pictures

    @classmethod
    def of(cls, model: onnx.ModelProto, pictures: Pictures) -> Reference:
        tensors = last_tensors(gs.import_onnx(model))
        return cls(model, tensors, _values(model, tensors, pictures), pictures)

    def noise_of(self, model: onnx.ModelProto) -> float:
        """Relative noise of the whole graph ``model``, the worst of the tensors."""
        return self._noise(self.tensors, _values(model, self.tensors, self.pictures))

    def noise_with(self, nodes: Collection[str], change: Callable[[gs.Graph], None]) -> float:
        """The same of the float model with ``change`` done to these nodes, given by their names.

        Only what lies behind them runs. They have to be nodes of one entry of ``cuts``.
        """
        part = self._network.part(nodes)
        if part.model is None:
            return 0.0
        graph = gs.import_onnx(part.model)
        change(graph)
        running = session(onnx_file.from_graph(graph))
        wanted = [one.name for one in running.get_inputs()]
        rows = [
            tuple(running.run(list(part.gives), {name: known[name] for name in wanted}))
            for known in self._known
        ]
        return self._noise(part.gives, rows)

    @property
    def cuts(self) -> tuple[tuple[str, ...], ...]:
        """The nodes that are changed together: each quantisable one, and each tensor's readers."""
        edges = placement.plan(gs.import_onnx(self.model)).edges
        readers: dict[str, list[str]] = {}
        for edge in edges:
            readers.setdefault(edge.tensor, []).append(edge.node)
        alone = dict.fromkeys((edge.node,) for edge in edges)
        return tuple(dict.fromkeys([*alone, *(tuple(one) for one in readers.values())]))

    @cached_property
    def _network(self) -> Network:
        return Network(self.model, self.tensors)

    @cached_property
    def _known(self) -> tuple[Mapping[str, Floats], ...]:
        """Every tensor that a part reads, of each picture."""
        feed = self.model.graph.input[0].name
        names = [one for one in self._network.reads(self.cuts) if one != feed]
        rows = _values(self.model, names, self.pictures) if names else ((),) * len(self.pictures)
        return tuple(
            {feed: picture[None], **dict(zip(names, row, strict=True))}
            for picture, row in zip(self.pictures, rows, strict=True)
        )

    def _noise(self, tensors: Sequence[str], found: Sequence[Sequence[Floats]]) -> float:
        places = [self.tensors.index(one) for one in tensors]
        return max(
            relative_noise([row[place] for row in self.values], [row[i] for row in found])
            for i, place in enumerate(places)
        )


def decibels(noise: float) -> float:
    """Signal to noise in dB; infinite without noise."""
    return -10 * math.log10(noise) if noise > 0 else math.inf


def last_tensors(graph: gs.Graph) -> tuple[str, ...]:
    """Outputs of the quantisable Convs and Gemms that lead to no other, after a sigmoid."""
    weighted = set(placement.plan(graph).weights)
    before = _upstream(graph, weighted)
    last = [one for one in graph.nodes if one.name in weighted and id(one) not in before]
    return tuple(_after_sigmoid(one.outputs[0]) for one in last)


def relative_noise(
    wanted: Sequence[NDArray[np.float32]], found: Sequence[NDArray[np.float32]]
) -> float:
    """Mean squared difference over the variance of ``wanted``, over all pictures."""
    a, b = np.stack(wanted).astype(np.float64), np.stack(found).astype(np.float64)
    spread = float(a.var())
    return float(((a - b) ** 2).mean()) / spread if spread > 0 else 0.0


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


def _values(
    model: onnx.ModelProto, tensors: Sequence[str], pictures: Pictures
) -> tuple[tuple[Floats, ...], ...]:
    running = session(with_outputs(model, tensors))
    feed = running.get_inputs()[0].name
    return tuple(tuple(running.run(list(tensors), {feed: one[None]})) for one in pictures)
