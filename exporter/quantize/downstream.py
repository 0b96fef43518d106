"""The part of a network behind chosen nodes: all that a change there can reach.

What one rounding does to the outputs is asked of a hundred layers. All that lies before a layer is
float and known, and so is every head that it does not lead to: only the rest is computed again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import onnx
from onnx import NodeProto, TensorProto, helper


@dataclass(frozen=True)
class Part:
    """``model`` takes the tensors ``reads`` of the whole network and gives ``gives`` of its ends;
    there is none where the nodes lead to no end."""

    model: onnx.ModelProto | None
    reads: tuple[str, ...]
    gives: tuple[str, ...]


class Network:
    """``model`` up to the tensors ``ends``, indexed to be cut."""

    def __init__(self, model: onnx.ModelProto, ends: Sequence[str]) -> None:
        self.model, self.ends = model, tuple(ends)
        self._constants = {one.name: one for one in model.graph.initializer}
        self._makers = {name: node for node in model.graph.node for name in node.output if name}
        self._order = {id(node): at for at, node in enumerate(model.graph.node)}
        self._readers: dict[str, list[NodeProto]] = {}
        for node in self._before(self.ends):
            for name in node.input:
                self._readers.setdefault(name, []).append(node)

    def part(self, nodes: Collection[str]) -> Part:
        """What lies behind the nodes of these names, they included."""
        inside = self._behind(nodes)
        made = {name for node in inside for name in node.output}
        gives = tuple(one for one in self.ends if one in made)
        if not gives:
            return Part(None, (), ())
        read = dict.fromkeys(name for node in inside for name in node.input if name)
        fixed = [name for name in read if self._is_constant(name)]
        reads = tuple(name for name in read if name not in made and name not in fixed)
        return Part(self._model(inside, fixed, reads, gives), reads, gives)

    def reads(self, groups: Iterable[Collection[str]]) -> tuple[str, ...]:
        """Every tensor that one of the parts behind these groups of nodes reads."""
        return tuple(dict.fromkeys(name for one in groups for name in self.part(one).reads))

    def _is_constant(self, name: str) -> bool:
        maker = self._makers.get(name)
        return name in self._constants or (maker is not None and maker.op_type == "Constant")

    def _before(self, names: Iterable[str]) -> Iterator[NodeProto]:
        waiting, seen = list(names), set[int]()
        while waiting:
            node = self._makers.get(waiting.pop())
            if node is not None and id(node) not in seen:
                seen.add(id(node))
                waiting += node.input
                yield node

    def _behind(self, nodes: Collection[str]) -> list[NodeProto]:
        waiting = [node for node in self.model.graph.node if node.name in nodes]
        found: dict[int, NodeProto] = {}
        while waiting:
            node = waiting.pop()
            if id(node) not in found:
                found[id(node)] = node
                for name in node.output:
                    waiting += self._readers.get(name, [])
        return sorted(found.values(), key=lambda one: self._order[id(one)])

    def _model(
        self,
        inside: Sequence[NodeProto],
        fixed: Sequence[str],
        reads: Sequence[str],
        gives: Sequence[str],
    ) -> onnx.ModelProto:
        made = [self._makers[name] for name in fixed if name not in self._constants]
        graph = helper.make_graph(
            [*made, *inside],
            "part",
            [helper.make_tensor_value_info(one, TensorProto.FLOAT, None) for one in reads],
            [helper.make_tensor_value_info(one, TensorProto.FLOAT, None) for one in gives],
            [self._constants[name] for name in fixed if name in self._constants],
        )
        model = onnx.ModelProto(ir_version=self.model.ir_version, graph=graph)
        model.opset_import.extend(self.model.opset_import)
        return model
