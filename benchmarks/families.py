"""Small networks whose outputs are those of a family of foreign detectors, drawn on the spot.

For ``compile_matrix``: what an import recipe draws behind them is as large as behind the real ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnx_graphsurgeon as gs

from exporter import heads, onnx_file
from exporter.heads.anchors import levels
from exporter.imports.recipe import Recipe
from exporter.surgery.pen import Pen

SIZES = {"detectnet_v2": (960, 544), "nanodet": (416, 416), "nanodet_plus": (416, 416)}


def draw(recipe: Recipe, classes: int, width: int, height: int) -> onnx.ModelProto:
    """Convolutions down to each of the family's strides, and its outputs from there."""
    picture = gs.Variable("images", np.float32, [1, 3, height, width])
    graph = gs.Graph(inputs=[picture], opset=17)
    body = _Body(Pen(graph), np.random.default_rng(0))
    own = {**heads.load(recipe.head).DEFAULTS, **recipe.settings}
    settings = {**own, "width": width, "height": height}
    strides = tuple(settings.get("strides", (settings.get("stride", 16),)))
    features = body.levels(picture, strides)
    cells = levels(width, height, strides)
    graph.outputs = _OUTPUTS[recipe.head](body, features, cells, classes, settings)
    return onnx_file.from_graph(graph)


Features = Sequence[gs.Variable]
Cells = Sequence[int]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class _Body:
    """Draws a network with random weights; tensors are named by their makers."""

    pen: Pen
    random: np.random.Generator

    def conv(self, x: gs.Tensor, name: str, into: int, out: int, stride: int = 1) -> gs.Variable:
        kernel = 1 if stride == 1 else 3
        drawn = self.random.normal(0, 0.3, (out, into, kernel, kernel))
        weight = self.pen.constant(f"{name}.weight", drawn)
        attrs = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [kernel // 2] * 4}
        return self.pen.node("Conv", name, [x, weight], **attrs)

    def levels(self, picture: gs.Tensor, strides: Sequence[int]) -> list[gs.Variable]:
        """16 channels at each of ``strides``."""
        x, at, found = picture, 1, []
        while at < max(strides):
            at *= 2
            made = self.conv(x, f"down{at}", 3 if at == 2 else 16, 16, stride=2)
            x = self.pen.node("Relu", f"relu{at}", [made])
            found += [x] if at in strides else []
        return found

    def rows(self, features: Sequence[gs.Tensor], name: str, width: int) -> list[gs.Variable]:
        """``[1, width, cells]`` of every level."""
        found = []
        for index, feature in enumerate(features):
            made = self.conv(feature, f"{name}{index}", 16, width)
            shape = self.pen.constant(f"{name}{index}_shape", [1, width, -1], np.int64)
            found.append(self.pen.node("Reshape", f"{name}{index}_rows", [made, shape]))
        return found

    def output(self, tensor: gs.Variable, *shape: int) -> gs.Variable:
        tensor.shape = [1, *shape]
        return tensor

    def turned(self, name: str, tensor: gs.Tensor) -> gs.Variable:
        return self.pen.node("Transpose", name, [tensor], perm=[0, 2, 1])


def _detectnet(body: _Body, x: Features, _: Cells, classes: int, s: Settings) -> list[gs.Variable]:
    coverage = body.pen.node("Sigmoid", "coverage", [body.conv(x[0], "cov", 16, classes)])
    grid = (s["height"] // s["stride"], s["width"] // s["stride"])
    boxes = body.conv(x[0], "box", 16, 4 * classes)
    return [body.output(coverage, classes, *grid), body.output(boxes, 4 * classes, *grid)]


def _yolox(body: _Body, x: Features, cells: Cells, classes: int, s: Settings) -> list[gs.Variable]:
    anchors, width = s["anchors_per_cell"], 5 + classes
    parts = [part for one in range(anchors) for part in body.rows(x, f"anchor{one}_", width)]
    both = body.pen.node("Concat", "all", parts, axis=2)
    small = body.pen.node("Sigmoid", "small", [both])
    return [body.output(body.turned("rows", small), anchors * sum(cells), width)]


def _yolov8(body: _Body, x: Features, cells: Cells, classes: int, _: Settings) -> list[gs.Variable]:
    both = body.pen.node("Concat", "all", body.rows(x, "level", 4 + classes), axis=2)
    return [body.output(body.pen.node("Sigmoid", "out", [both]), 4 + classes, sum(cells))]


def _nanodet(
    body: _Body, x: Features, cells: Cells, classes: int, s: Settings
) -> list[gs.Variable]:
    width = classes + 4 * (s["reg_max"] + 1)
    both = body.pen.node("Concat", "all", body.rows(x, "level", width), axis=2)
    return [body.output(body.turned("rows", both), sum(cells), width)]


def _ssd(body: _Body, x: Features, cells: Cells, classes: int, s: Settings) -> list[gs.Variable]:
    columns = classes + int(s["background"])
    (scores,), (boxes,) = (body.rows(x, name, n) for name, n in (("cls", columns), ("loc", 4)))
    ranked = body.pen.node("Softmax", "scores", [body.turned("turned", scores)], axis=2)
    return [
        body.output(ranked, sum(cells), columns),
        body.output(body.turned("boxes", boxes), sum(cells), 4),
    ]


_OUTPUTS = {
    "detectnet_v2": _detectnet,
    "yolox": _yolox,
    "yolov8": _yolov8,
    "nanodet": _nanodet,
    "ssd": _ssd,
}
