"""Compute what depends on constants alone, once, now."""

from __future__ import annotations

import onnx_graphsurgeon as gs

from exporter.surgery.report import PassReport
from train2edge.contract import Contract


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Replace nodes whose inputs are all constant by their value."""
    before = len(graph.nodes)
    graph.fold_constants().cleanup()
    return PassReport("constant_fold", before - len(graph.nodes))
