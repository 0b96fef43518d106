"""A tiny DetectNet_v2-shaped network, as an exporter would write it: nothing fused, odd names."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnx_graphsurgeon as gs

from exporter.onnx_file import from_graph
from train2edge.contract import Contract, InputContract, OutputContract

SIDE = 32
CLASSES = ("car", "bus")
CONTRACT = Contract(InputContract(SIDE, SIDE), OutputContract(CLASSES))


class Toy:
    """Builds a graph node after node."""

    def __init__(self, opset: int = 17) -> None:
        self.rng = np.random.default_rng(3)
        self.input = gs.Variable("pictures", np.float32, [1, 3, SIDE, SIDE])
        self.graph = gs.Graph(inputs=[self.input], opset=opset)
        self.count = 0

    def node(self, op: str, inputs: list[Any], name: str = "", **attrs: Any) -> gs.Variable:
        self.count += 1
        out = gs.Variable(f"tensor_{self.count}", np.float32)
        node = gs.Node(op, name or f"/net/block.{self.count}/{op}", attrs, inputs, [out])
        self.graph.nodes.append(node)
        return out

    def constant(self, values: Any, dtype: Any = np.float32) -> gs.Constant:
        self.count += 1
        return gs.Constant(f"onnx::{self.count}", np.asarray(values, dtype))

    def conv(self, x: Any, cin: int, cout: int, kernel: int, stride: int = 1, *, bias: bool = True):
        weight = self.constant(self.rng.normal(0, 0.4, (cout, cin, kernel, kernel)))
        inputs = [x, weight, *([self.constant(self.rng.normal(0, 0.1, cout))] if bias else [])]
        pad = kernel // 2
        return self.node(
            "Conv",
            inputs,
            kernel_shape=[kernel] * 2,
            strides=[stride] * 2,
            pads=[pad] * 4,
        )

    def norm(self, x: Any, channels: int) -> gs.Variable:
        low = (0.5, -0.2, -0.3, 0.5)
        high = (1.5, 0.2, 0.3, 2.0)
        values = [
            self.constant(self.rng.uniform(a, b, channels)) for a, b in zip(low, high, strict=True)
        ]
        return self.node("BatchNormalization", [x, *values], epsilon=1e-5)

    def detector(self, x: Any) -> gs.Graph:
        """Conv-BN-ReLU6, a residual block, a grid of stride 16, two heads."""
        x = self.norm(self.conv(x, 3, 8, 3, 4, bias=False), 8)
        x = self.node("Clip", [x, self.constant(0.0), self.constant(6.0)])
        y = self.norm(self.conv(x, 8, 8, 3), 8)
        x = self.node("Relu", [self.node("Add", [y, x])])
        x = self.node("Dropout", [self.node("Identity", [x])])
        x = self.conv(x, 8, 8, 3, 4)
        coverage = self.node("Sigmoid", [self.conv(x, 8, len(CLASSES), 1)])
        boxes = self.conv(x, 8, 4 * len(CLASSES), 1)
        for tensor, channels in ((coverage, len(CLASSES)), (boxes, 4 * len(CLASSES))):
            tensor.shape = [1, channels, SIDE // 16, SIDE // 16]
        self.graph.outputs = [coverage, boxes]
        return self.graph


def raw_model(opset: int = 17) -> onnx.ModelProto:
    """The toy with a per-channel 1/std in front, as our torch models have it."""
    toy = Toy(opset)
    scaled = toy.node("Mul", [toy.input, toy.constant([[[[4.4]], [[4.5]], [[4.6]]]])])
    return from_graph(toy.detector(scaled))


def pictures(count: int = 2) -> np.ndarray:
    """Input tensors in the range that nvinfer would give."""
    rng = np.random.default_rng(5)
    return rng.uniform(-0.4, 0.6, (count, 3, SIDE, SIDE)).astype(np.float32)
