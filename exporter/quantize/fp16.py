"""The FP16 lane for TensorRT 11: types written into the graph, since no flag chooses them there.

Weights and activations become float16; the input and the outputs stay float32, because nvinfer
feeds and parses float32 (its built-in parsers cast the buffer to ``float*``).
"""

from __future__ import annotations

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from onnx import TensorProto

from exporter import onnx_file
from train2edge.errors import WorkError

_LARGEST = float(np.finfo(np.float16).max)
_STAYS_FLOAT = {"Resize": (1, 2)}  # roi and scales are float32 by the operator's definition


def to_fp16(model: onnx.ModelProto) -> onnx.ModelProto:
    """A strongly typed float16 copy of a float32 ``model``; ``WorkError`` if a weight overflows."""
    graph = gs.import_onnx(model)
    inner = [one for one in graph.tensors().values() if isinstance(one, gs.Variable)]
    for node in graph.nodes:
        _narrow_constants(node)
        _narrow_casts(node)
    for tensor in inner:
        if tensor.dtype == np.float32:
            tensor.dtype = np.dtype(np.float16)
    _cast_inputs(graph)
    _cast_outputs(graph)
    return onnx_file.from_graph(graph)


def _narrow_constants(node: gs.Node) -> None:
    for slot, tensor in enumerate(node.inputs):
        if not isinstance(tensor, gs.Constant) or slot in _STAYS_FLOAT.get(node.op, ()):
            continue
        values = np.asarray(tensor.values)
        if values.dtype == np.float32:
            node.inputs[slot] = gs.Constant(f"{tensor.name}.fp16", _narrow(values, tensor.name))


def _narrow(values: np.ndarray, name: str) -> np.ndarray:
    largest = float(np.abs(values).max(initial=0.0))
    if not largest <= _LARGEST:
        raise WorkError(f"{name} reaches {largest:.3g}; float16 ends at {_LARGEST:.0f}")
    return values.astype(np.float16)


def _narrow_casts(node: gs.Node) -> None:
    if node.op == "Cast" and node.attrs["to"] in (TensorProto.FLOAT, np.float32):
        node.attrs["to"] = TensorProto.FLOAT16


def _cast_inputs(graph: gs.Graph) -> None:
    for tensor in graph.inputs:
        readers = list(tensor.outputs)
        tensor.dtype = np.dtype(np.float32)
        half = gs.Variable(f"{tensor.name}.fp16", np.float16)
        for reader in readers:
            reader.inputs = [half if one is tensor else one for one in reader.inputs]
        graph.nodes.append(_cast(f"{tensor.name}.to_fp16", TensorProto.FLOAT16, tensor, half))


def _cast_outputs(graph: gs.Graph) -> None:
    for tensor in graph.outputs:
        producer = tensor.inputs[0]
        half = gs.Variable(f"{tensor.name}.fp16", np.float16)
        for reader in list(tensor.outputs):
            reader.inputs = [half if one is tensor else one for one in reader.inputs]
        producer.outputs = [half if one is tensor else one for one in producer.outputs]
        tensor.dtype = np.dtype(np.float32)
        graph.nodes.append(_cast(f"{tensor.name}.to_fp32", TensorProto.FLOAT, half, tensor))


def _cast(name: str, to: int, source: gs.Tensor, target: gs.Tensor) -> gs.Node:
    return gs.Node("Cast", name, {"to": to}, [source], [target])
