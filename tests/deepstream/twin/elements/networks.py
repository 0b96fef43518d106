"""Tiny networks of every type, their weights set by hand, and batches to show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tests.deepstream.twin.toy import CLASSES, COLORS, GRAY

SIDE = 32
Shapes = dict[str, tuple[int, ...]]


def _save(
    path: Path, nodes: list[Any], weights: dict[str, Any], outputs: dict[str, tuple[int, ...]]
) -> None:
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])
            for name, shape in outputs.items()
        ],
        [
            numpy_helper.from_array(np.asarray(one, np.float32), name)
            for name, one in weights.items()
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))


# How much redder than the rest a colour is, and how much bluer.
REDNESS = np.array([[[1.0]], [[-0.5]], [[-0.5]]])[None]
BLUENESS = REDNESS[:, ::-1]


def write_classifier(folder: Path, **keys: Any) -> Path:
    """Says ``red`` or ``blue`` of the mean colour; the configuration's path."""
    weights = {"w": np.concatenate([REDNESS, BLUENESS])}
    nodes = [
        helper.make_node("GlobalAveragePool", ["input"], ["mean"]),
        helper.make_node("Conv", ["mean", "w"], ["scores"]),
    ]
    _save(folder / "classifier.onnx", nodes, weights, {"scores": (2, 1, 1)})
    (folder / "colors.txt").write_text(";".join(CLASSES) + "\n")
    return _config(
        folder / "classifier.txt",
        {"onnx-file": "classifier.onnx", "labelfile-path": "colors.txt", "network-type": 1}
        | {"gie-unique-id": 2, "classifier-threshold": 0.2, **keys},
    )


def write_segmentation(folder: Path, **keys: Any) -> Path:
    """Says of every pixel whether it is red (0) or blue (1)."""
    weights = {"w": np.concatenate([REDNESS, BLUENESS])}
    nodes = [helper.make_node("Conv", ["input", "w"], ["planes"])]
    _save(folder / "segmentation.onnx", nodes, weights, {"planes": (2, SIDE, SIDE)})
    return _config(
        folder / "segmentation.txt",
        {"onnx-file": "segmentation.onnx", "network-type": 2, "num-detected-classes": 2}
        | {"segmentation-threshold": 0.2, "gie-unique-id": 3, **keys},
    )


def _config(path: Path, keys: dict[str, Any]) -> Path:
    keys = {
        "net-scale-factor": 1 / 255,
        "infer-dims": f"3;{SIDE};{SIDE}",
        "scaling-filter": 1,
        **keys,
    }
    lines = [f"{key}={value}" for key, value in keys.items()]
    path.write_text("\n".join(["[property]", *lines]) + "\n")
    return path


def picture(*patches: tuple[str, int, int, int, int]) -> NDArray[np.uint8]:
    """A grey RGBA picture of 320x240 with patches: colour, left, top, width, height."""
    made = np.full((240, 320, 4), GRAY, np.uint8)
    made[..., 3] = 255
    for color, left, top, width, height in patches:
        made[top : top + height, left : left + width, :3] = COLORS[color]
    return made
