"""HardSwish and HardSigmoid in the one form that every TensorRT reads and fuses.

ONNX's HardSwish came with opset 14 and is unknown to older parsers; PyTorch also writes
``x * clip(x + 3, 0, 6) / 6``, four nodes. Both become ``x * HardSigmoid(x)``: an activation and a
product, which TensorRT joins into one pointwise kernel. SiLU (``x * Sigmoid(x)``) is left alone:
TensorRT knows that pair.
"""

from __future__ import annotations

import numpy as np
import onnx_graphsurgeon as gs

from exporter.surgery.pen import Pen
from exporter.surgery.report import PassReport
from exporter.surgery.wiring import constant, only_consumer
from train2edge.contract import Contract

_SLOPE = {"alpha": 1 / 6, "beta": 0.5}


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Rewrite HardSwish nodes and ``clip(x + 3, 0, 6) / 6`` chains, with or without ``x *``."""
    changed = 0
    for node in list(graph.nodes):
        if node.op == "HardSwish":
            _product(graph, node, node.inputs[0])
            changed += 1
        elif node.op == "Clip":
            changed += _chain(graph, node)
    graph.cleanup().toposort()
    return PassReport("hard_activations", changed)


def _chain(graph: gs.Graph, clip: gs.Node) -> bool:
    source = _shifted(graph, clip)
    after = only_consumer(graph, clip.outputs[0])
    if source is None or after is None:
        return False
    if _sixth(after, clip.outputs[0]):
        _hard_sigmoid(after, source)
        return True
    scaled = only_consumer(graph, after.outputs[0])
    multiplies = after.op == "Mul" and any(one is source for one in after.inputs)
    if not multiplies or scaled is None or not _sixth(scaled, after.outputs[0]):
        return False
    _product(graph, scaled, source)
    return True


def _shifted(graph: gs.Graph, clip: gs.Node) -> gs.Tensor | None:
    """``x`` where ``clip`` is ``clip(x + 3, 0, 6)`` and nobody else reads the sum."""
    add = clip.inputs[0].inputs[0] if clip.inputs[0].inputs else None
    limits = [_number(one) for one in clip.inputs[1:3]]
    if add is None or add.op != "Add" or limits != [0.0, 6.0]:
        return None
    if only_consumer(graph, add.outputs[0]) is not clip:
        return None
    numbers = [_number(one) for one in add.inputs]
    if numbers.count(3.0) != 1:
        return None
    source: gs.Tensor = add.inputs[1 - numbers.index(3.0)]
    return source


def _sixth(node: gs.Node, tensor: gs.Tensor) -> bool:
    """Whether ``node`` is ``tensor / 6``."""
    if node.op not in ("Div", "Mul") or len(node.inputs) != 2:
        return False
    other = node.inputs[1] if node.inputs[0] is tensor else node.inputs[0]
    number = _number(other)
    if number is None:
        return False
    if node.op == "Div":
        return node.inputs[0] is tensor and number == 6.0
    return bool(np.isclose(number, 1 / 6, rtol=1e-6))


def _number(tensor: gs.Tensor) -> float | None:
    value = constant(tensor)
    return float(value.reshape(-1)[0]) if value is not None and value.size == 1 else None


def _hard_sigmoid(node: gs.Node, source: gs.Tensor) -> None:
    node.op, node.attrs = "HardSigmoid", dict(_SLOPE)
    node.inputs = [source]


def _product(graph: gs.Graph, node: gs.Node, source: gs.Tensor) -> None:
    """``node`` becomes ``source * HardSigmoid(source)``."""
    name = f"{node.name or node.outputs[0].name}_gate"
    gate = Pen(graph).node("HardSigmoid", name, [source], **_SLOPE)
    node.op, node.attrs = "Mul", {}
    node.inputs = [source, gate]
