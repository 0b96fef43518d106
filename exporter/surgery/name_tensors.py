"""Names: those that DeepStream's parsers look for outside, readable and stable ones inside.

nvinfer's DetectNet_v2 parser searches for ``cov`` and ``bbox`` in the layers' names. Inside, a
calibration cache refers to tensors by name, so a name is made of the module's path and operation
and not of a counter over the whole graph.
"""

from __future__ import annotations

import re
from collections import Counter

import onnx_graphsurgeon as gs

from exporter.surgery.report import PassReport
from exporter.surgery.wiring import is_output
from train2edge.contract import LISTS, Contract
from train2edge.errors import InputError


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Name the input, the outputs, every node, activation and weight."""
    before = set(graph.tensors())
    if contract.output.parser not in LISTS:
        _name_outputs(graph, contract)
    _name_nodes(graph)
    graph.inputs[0].name = contract.input.tensor
    for output in graph.outputs:
        output.inputs[0].name = output.name
    _name_tensors(graph)
    return PassReport("name_tensors", len(set(graph.tensors()) - before))


def _name_outputs(graph: gs.Graph, contract: Contract) -> None:
    outputs = _outputs(graph, contract)
    for name, tensor in outputs.items():
        tensor.name = name
    graph.outputs = list(outputs.values())


def _outputs(graph: gs.Graph, contract: Contract) -> dict[str, gs.Tensor]:
    """The contract's output tensors by name, told apart by how many channels they have.

    Of DetectNet_v2 coverage has one channel a class, bbox four.
    """
    wanted = contract.output.shapes(contract.input)
    if len(graph.inputs) != 1 or len(graph.outputs) != len(wanted):
        raise InputError(
            f"{len(graph.inputs)} inputs and {len(graph.outputs)} outputs;"
            f" {contract.output.parser} has one input, and outputs {', '.join(wanted)}"
        )
    by_channels = {_channels(one): one for one in graph.outputs}
    channels = {name: shape[0] for name, shape in wanted.items()}
    if set(by_channels) != set(channels.values()):
        found = ", ".join(f"{one.name} ({_channels(one)} channels)" for one in graph.outputs)
        needed = " and ".join(map(str, channels.values()))
        classes = len(contract.output.classes)
        raise InputError(f"outputs {found}; {classes} classes need {needed} channels")
    return {name: by_channels[count] for name, count in channels.items()}


def _channels(tensor: gs.Tensor) -> object:
    return tensor.shape[1] if tensor.shape and len(tensor.shape) == 4 else None


def _name_nodes(graph: gs.Graph) -> None:
    """torch names a node ``/features/features.0/features.0.0/Conv``: keep the innermost path."""
    used: Counter[str] = Counter()
    root = _common_root(graph)
    for node in graph.nodes:
        name = (readable(node.name) or str(node.op)).removeprefix(root)
        used[name] += 1
        node.name = name if used[name] == 1 else f"{name}_{used[name]}"


def _common_root(graph: gs.Graph) -> str:
    """The outermost module, when every node that has a path is in it: it tells nothing."""
    roots = {
        name.split("/")[0]
        for name in (readable(one.name) or one.op for one in graph.nodes)
        if "/" in name
    }
    return f"{roots.pop()}/" if len(roots) == 1 else ""


def readable(name: str) -> str:
    """torch's name of a node without what it says twice: the module's path and the operation."""
    parts = [re.sub(r"[^\w.\-]", "_", part) for part in name.split("/") if part]
    path: list[str] = []
    for part in parts:
        if path and part.startswith(f"{path[-1]}."):
            path[-1] = part  # features.0 inside features: torch repeats the outer name
        else:
            path.append(part)
    return "/".join(path)


def _name_tensors(graph: gs.Graph) -> None:
    for node in graph.nodes:
        for slot, tensor in enumerate(node.outputs):
            if not is_output(graph, tensor):
                tensor.name = f"{node.name}:{slot}" if slot else node.name
        for slot, tensor in enumerate(node.inputs):
            if isinstance(tensor, gs.Constant):
                _name_constant(node, slot, tensor)


def _name_constant(node: gs.Node, slot: int, tensor: gs.Constant) -> None:
    if tensor.outputs[0] is not node:
        return  # shared: the first reader names it
    role = {1: "weight", 2: "bias"}.get(slot) if node.op == "Conv" else None
    tensor.name = f"{node.name}.{role or f'input_{slot}'}"
