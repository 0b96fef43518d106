"""The ranges that a network was trained in, on the tensors of its graph.

A quantisation-aware checkpoint names the module that reads a tensor; the graph's nodes are named by
the same modules (``surgery.name_tensors``). Both have to agree on every place, or the file would
compute something that was never trained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import onnx
import onnx_graphsurgeon as gs

from exporter.quantize import placement
from exporter.surgery.name_tensors import readable
from train2edge.errors import WorkError

_SIDES = (".branch", ".shortcut")  # of a sum whose sides are both read: ``ActivatedResidual``


def readings(graph: gs.Graph, outputs: Mapping[str, str]) -> dict[str, str]:
    """The tensor that each module reads in 8 bits; ``outputs`` as ``output_nodes`` gives them."""
    edges = placement.plan(graph).edges
    often = Counter(one.node for one in edges)
    reads: dict[str, str] = {}
    for edge in edges:
        side = _SIDES[edge.slot] if often[edge.node] > 1 else ""
        reads[_module(outputs.get(edge.node, edge.node)) + side] = edge.tensor
    return reads


def by_tensor(reads: Mapping[str, str], limits: Mapping[str, float]) -> dict[str, float]:
    """The threshold of every tensor of ``reads`` from the ``limits`` of modules.

    ``WorkError`` where graph and checkpoint do not agree on the places, or two readers of one
    tensor on its range.
    """
    wrong = sorted(reads.keys() ^ limits.keys())
    if wrong:
        raise WorkError(f"graph and checkpoint are not quantised alike: {', '.join(wrong[:3])}")
    thresholds: dict[str, float] = {}
    for module, tensor in reads.items():
        if thresholds.setdefault(tensor, limits[module]) != limits[module]:
            raise WorkError(f"{tensor} was trained in two ranges; {module} reads it in another")
    return thresholds


def output_nodes(raw: onnx.ModelProto) -> dict[str, str]:
    """The name that the node behind each output of the traced graph has before surgery.

    Afterwards it is called as its output is, which DeepStream's parsers look for.
    """
    outputs = {one.name for one in raw.graph.output}
    return {
        name: readable(node.name)
        for node in raw.graph.node
        for name in node.output
        if name in outputs
    }


def _module(node: str) -> str:
    """``backbone/layer1.0/conv1/Conv`` -> ``backbone.layer1.0.conv1``."""
    return node.rpartition("/")[0].replace("/", ".")
