"""Compute what depends on constants alone, once, now."""

from __future__ import annotations

import onnx_graphsurgeon as gs

from exporter.onnx_file import oldest_ir_version
from exporter.runs import last_line
from exporter.surgery.report import PassReport
from train2edge.contract import Contract


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Replace nodes whose inputs are all constant by their value; what cannot be is told."""
    before = len(graph.nodes)
    if graph.ir_version is None:  # else graphsurgeon writes one that ONNX Runtime cannot read
        graph.ir_version = oldest_ir_version(graph.opset)
    notes: tuple[str, ...] = ()
    try:
        graph.fold_constants(error_ok=False)
    except Exception as error:  # whatever ONNX Runtime throws; the graph is still whole
        notes = (f"not everything constant was computed: {last_line(error)}",)
        graph.fold_constants(error_ok=True)
    graph.cleanup()
    return PassReport("constant_fold", before - len(graph.nodes), notes)
