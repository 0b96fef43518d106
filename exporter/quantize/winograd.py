"""3x3 convolutions in Winograd's form: a quarter of the multiplications, the same sums.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (CVPR 2016), F(4x4, 3x3): a
patch of 6x6 input values and the kernel are transformed, multiplied point by point and summed over
the channels, and give 4x4 output values: 36 products where there were 144. Every point is a matrix
product of its own, and the transforms are convolutions with a fixed kernel, so that ONNX Runtime,
which has no such form on x86, computes it as an ordinary graph.

Sums are rounded differently, by some 1e-6 of the largest value. That is far below a bin of a
histogram, but not the same bits: statistics run this way, what has to be executed as written never.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter import onnx_file

LEAST = 64  # channels in and out; with fewer the transforms cost what the products save
TILE, POINTS = 4, 36  # of a patch: 4x4 outputs from 6x6 places

# the publication's B^T, G and A, a row for each of 6 points
_INPUT = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
)
_KERNEL = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
_OUTPUT = np.array(
    [[1, 0, 0, 0], [1, 1, 1, 1], [1, -1, 1, -1], [1, 2, 4, 8], [1, -2, 4, -8], [0, 0, 0, 1]]
)


def rewritten(model: onnx.ModelProto) -> onnx.ModelProto:
    """``model``, for one picture a run, with every convolution in this form that gains by it."""
    graph = gs.import_onnx(onnx.shape_inference.infer_shapes(model))
    for conv in [one for one in graph.nodes if _gains(one)]:
        _rewrite(graph, conv)
    return onnx_file.from_graph(graph)


def _gains(node: gs.Node) -> bool:
    if node.op != "Conv" or not isinstance(node.inputs[1], gs.Constant):
        return False
    plain = {"group": 1, "strides": [1, 1], "dilations": [1, 1], "auto_pad": "NOTSET"}
    if any(node.attrs.get(name, value) != value for name, value in plain.items()):
        return False
    sides = (node.outputs[0].shape or ())[2:]
    outputs, inputs, *kernel = node.inputs[1].shape
    known = len(sides) == 2 and all(isinstance(one, int) and one > 0 for one in sides)
    return known and kernel == [3, 3] and min(outputs, inputs) >= LEAST


def _rewrite(graph: gs.Graph, conv: gs.Node) -> None:
    outputs, inputs = conv.inputs[1].shape[:2]
    down, along, spare = _tiles(conv)
    top, left, bottom, right = conv.attrs.get("pads", [0, 0, 0, 0])
    reach = [top, left, bottom + spare[0], right + spare[1]]
    stride, swap = [TILE, TILE], {"perm": [1, 0, 2]}

    def add(op: str, *tensors: Any, **attributes: Any) -> gs.Tensor:
        made = graph.layer(
            op=op, inputs=[*tensors], outputs=[f"{conv.name}/{op}"], attrs=attributes
        )
        return made[0]

    patches = _of_each(_INPUT, inputs)
    points = add("Conv", conv.inputs[0], patches, group=inputs, strides=stride, pads=reach)
    points = add("Reshape", points, np.array([inputs, POINTS, down * along]))
    kernels = add("MatMul", _float(np.kron(_KERNEL, _KERNEL)), _taps(conv))  # once, when loaded
    kernels = add("Reshape", kernels, np.array([POINTS, outputs, inputs]))
    sums = add("Transpose", add("MatMul", kernels, add("Transpose", points, **swap)), **swap)
    sums = add("Reshape", sums, np.array([1, outputs * POINTS, down, along]))
    _become(conv, sums, {"group": outputs, "strides": stride, "pads": [0, 0, *spare]})


def _tiles(conv: gs.Node) -> tuple[int, int, tuple[int, int]]:
    """Tiles down and along, and the rows and columns that the last ones have too many."""
    height, width = conv.outputs[0].shape[2:]
    down, along = -(-height // TILE), -(-width // TILE)
    return down, along, (TILE * down - height, TILE * along - width)


def _taps(conv: gs.Node) -> NDArray[np.float32]:
    """The kernels ``[9, K * C]``."""
    return _float(np.asarray(conv.inputs[1].values).transpose(2, 3, 0, 1).reshape(9, -1))


def _become(conv: gs.Node, sums: gs.Tensor, attributes: dict[str, Any]) -> None:
    """``conv`` puts the tiles side by side and adds its bias: a ConvTranspose of each channel."""
    outputs = conv.inputs[1].shape[0]
    kernel = gs.Constant(f"{conv.name}/tiles", _of_each(_OUTPUT, outputs))
    conv.op, conv.attrs = "ConvTranspose", attributes
    conv.inputs = [sums, kernel, *conv.inputs[2:]]


def _of_each(transform: NDArray[Any], channels: int) -> NDArray[np.float32]:
    """Kernels ``[36 * C, 1, n, n]`` that apply ``transform`` down and along, to each channel."""
    both = np.einsum("ai,bj->abij", transform, transform)
    return _float(np.tile(both.reshape(POINTS, 1, *both.shape[2:]), (channels, 1, 1, 1)))


def _float(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, np.float32)
