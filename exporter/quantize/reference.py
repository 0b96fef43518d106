"""What the float network says, and how much noise a change brings to it."""

from __future__ import annotations

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
from exporter.quantize.noise import Measure, Rows, measure_of
from exporter.runs import session, with_outputs

Floats = NDArray[np.float32]
Pictures = Sequence[Floats]


@dataclass(frozen=True)
class Reference:
    """What the float ``model`` gives: ``values`` of the tensors that ``measure`` looks at."""

    model: onnx.ModelProto
    measure: Measure
    values: Rows
    pictures: Pictures

    @classmethod
    def of(cls, model: onnx.ModelProto, pictures: Pictures) -> Reference:
        measure = measure_of(model)
        return cls(model, measure, _values(model, measure.tensors, pictures), pictures)

    def noise_of(self, model: onnx.ModelProto) -> float:
        """Noise of the whole graph ``model``."""
        found = _values(model, self.measure.tensors, self.pictures)
        return self.measure.noise(self.values, found)

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
            running.run(list(part.gives), {name: known[name] for name in wanted})
            for known in self._known
        ]
        return self.measure.noise(self.values, _by_tensor(part.gives, rows))

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
        return Network(self.model, self.measure.tensors)

    @cached_property
    def _known(self) -> tuple[Mapping[str, Floats], ...]:
        """Every tensor that a part reads, of each picture."""
        feed = self.model.graph.input[0].name
        names = [one for one in self._network.reads(self.cuts) if one != feed]
        values = _values(self.model, names, self.pictures)
        return tuple(
            {feed: picture[None], **{name: rows[at] for name, rows in values.items()}}
            for at, picture in enumerate(self.pictures)
        )


def _values(model: onnx.ModelProto, tensors: Sequence[str], pictures: Pictures) -> Rows:
    if not tensors:
        return {}
    running = session(with_outputs(model, tensors))
    feed = running.get_inputs()[0].name
    rows = [running.run(list(tensors), {feed: one[None]}) for one in pictures]
    return _by_tensor(tensors, rows)


def _by_tensor(tensors: Sequence[str], rows: Sequence[Sequence[Floats]]) -> Rows:
    return {name: [row[at] for row in rows] for at, name in enumerate(tensors)}
