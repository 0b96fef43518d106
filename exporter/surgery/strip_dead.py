"""Leave out what does nothing in inference: identities, dropout, dead nodes and weights."""

from __future__ import annotations

import onnx_graphsurgeon as gs

from exporter.surgery.report import PassReport
from exporter.surgery.wiring import bypass
from train2edge.contract import Contract

_NOTHING = {"Identity", "Dropout"}


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Take out Identity, Dropout and same-type Cast, then all that no output needs."""
    before = len(graph.nodes) + len(graph.tensors())
    idle = [node for node in graph.nodes if _does_nothing(node)]
    kept = [node.name or node.op for node in idle if not bypass(graph, node)]
    notes = [f"{name} stays: it joins an input or output to an output" for name in kept]
    graph.cleanup()
    return PassReport("strip_dead", before - len(graph.nodes) - len(graph.tensors()), tuple(notes))


def _does_nothing(node: gs.Node) -> bool:
    if node.op == "Cast":
        source, target = node.inputs[0].dtype, node.outputs[0].dtype
        return source is not None and source == target
    return node.op in _NOTHING and not _training(node)


def _training(node: gs.Node) -> bool:
    """Dropout's third input switches it on; such a graph was exported in training mode."""
    flag = node.inputs[2] if node.op == "Dropout" and len(node.inputs) > 2 else None
    if flag is None or flag.is_empty():
        return False
    return not isinstance(flag, gs.Constant) or bool(flag.values)
