"""A tiny detector as others would export it: opset 11, old names, weights listed as inputs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import onnx_graphsurgeon as gs

from exporter.onnx_file import from_graph
from tests.exporter.toy import Toy

SIDE, CLASSES = 32, ("person", "dog")


def yolox(opset: int = 11, side: int | str = SIDE) -> onnx.ModelProto:
    """A stem, a depthwise Conv behind SiLU, and YOLOX's raw head on strides 8, 16, 32."""
    net = Toy(opset)
    net.input.shape = [1, 3, side, side]
    small = net.node("Mul", [net.input, net.constant(1 / 255)])
    x = silu(net, net.conv(small, 3, 8, 3, 4))
    weight = net.constant(net.rng.normal(0, 0.3, (8, 1, 3, 3)))
    x = net.node("Conv", [x, weight], kernel_shape=[3, 3], group=8, pads=[1] * 4)
    x = silu(net, net.conv(x, 8, 8, 3, 2))
    rows = []
    for level in range(3):
        if level:
            x = silu(net, net.conv(x, 8, 8, 3, 2))
        rows.append(head(net, x))
    out = net.node("Concat", rows, axis=2)
    net.graph.outputs = [net.node("Transpose", [out], perm=[0, 2, 1])]
    net.graph.outputs[0].shape = [1, None, 5 + len(CLASSES)]
    model = from_graph(net.graph)
    listed = (
        onnx.helper.make_tensor_value_info(one.name, one.data_type, one.dims)
        for one in list(model.graph.initializer)[:2]
    )
    model.graph.input.extend(listed)
    return model


def silu(net: Toy, x: gs.Tensor) -> gs.Variable:
    return net.node("Mul", [x, net.node("Sigmoid", [x])])


def head(net: Toy, x: gs.Tensor) -> gs.Variable:
    box = net.conv(x, 8, 4, 1)
    rest = net.node("Sigmoid", [net.conv(x, 8, 1 + len(CLASSES), 1)])
    both = net.node("Concat", [box, rest], axis=1)
    shape = net.constant([1, 5 + len(CLASSES), -1], np.int64)
    return net.node("Reshape", [both, shape])


def write(model: onnx.ModelProto, path: Path) -> Path:
    onnx.save(model, str(path))
    return path


def labels(path: Path, names: tuple[str, ...] = CLASSES) -> Path:
    path.write_text("".join(f"{one}\n" for one in names))
    return path


def pictures(folder: Path, count: int = 3) -> Path:
    """Noise with a KITTI label each: ``images/`` beside ``labels/``."""
    rng = np.random.default_rng(2)
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for index in range(count):
        picture = rng.integers(0, 255, (40, 50, 3), np.uint8)
        cv2.imwrite(str(folder / "images" / f"{index}.png"), picture)
        label = f"person 0 0 0 5 5 {20 + index} 30 0 0 0 0 0 0 0\n"
        (folder / "labels" / f"{index}.txt").write_text(label)
    return folder
