"""A float16 graph in a form that a CPU computes as it is written.

ONNX Runtime has no float16 kernels on x86: it computes such a graph in float32 from end to end, the
casts at its ends taken out, and neither rounds nor overflows. So here every float16 tensor is a
float32 one that is rounded to float16 and back by casts of its own, which stay. Sums run in float32
in between, as they do in tensor cores.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from onnx import TensorProto

from exporter import onnx_file
from exporter.surgery.wiring import forget_inner_shapes

_HALF, _FULL = np.dtype(np.float16), np.dtype(np.float32)


def simulated(model: onnx.ModelProto) -> onnx.ModelProto:
    """``model`` with the same values; itself where nothing in it is float16."""
    graph = gs.import_onnx(onnx.shape_inference.infer_shapes(model))
    halves = [one for one in graph.tensors().values() if one.dtype == _HALF]
    if not halves:
        return model
    forget_inner_shapes(graph)
    for tensor in halves:
        if isinstance(tensor, gs.Constant):
            tensor.values = tensor.values.astype(np.float32)
        else:
            tensor.dtype = _FULL
            _round(graph, tensor)
    return onnx_file.from_graph(graph)


def _round(graph: gs.Graph, tensor: gs.Variable) -> None:
    """Two casts between the node that makes ``tensor`` and all that read it."""
    maker = tensor.inputs[0]
    exact = gs.Variable(f"{tensor.name}.exact", np.float32)
    half = gs.Variable(f"{tensor.name}.rounded", np.float16)
    if maker.op == "Cast":
        maker.attrs["to"] = TensorProto.FLOAT
    maker.outputs = [exact if one is tensor else one for one in maker.outputs]
    for name, to, source, target in (
        ("to_half", TensorProto.FLOAT16, exact, half),
        ("and_back", TensorProto.FLOAT, half, tensor),
    ):
        graph.nodes.append(gs.Node("Cast", f"{tensor.name}.{name}", {"to": to}, [source], [target]))
