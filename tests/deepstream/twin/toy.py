"""A network that sees red and blue squares, videos of such squares, and an app that looks at them.

The network's weights are set by hand: a cell's coverage is how much redder (bluer) than the rest
the 48x48 pixels around it are; its box is always those 48x48 pixels. A square whose corner lies on
a multiple of 16 is therefore found exactly.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEIGHT, STRIDE, SIDE = 320, 240, 16, 48
CLASSES = ("red", "blue")
COLORS = {"red": (230, 30, 30), "blue": (30, 30, 230)}
GRAY = 90


def write_network(path: Path) -> None:
    """An ONNX file with DetectNet_v2's two outputs, any batch, input RGB in 0..1."""
    weight = np.full((2, 3, SIDE, SIDE), -0.5, np.float32)
    weight[0, 0] = weight[1, 2] = 1.0
    weight *= 20 / SIDE**2
    near, far = (SIDE / 2 - 7.5) / 35, (SIDE / 2 + 7.5) / 35
    tensors = {
        "cov_w": weight,
        "cov_b": np.full(2, -6, np.float32),
        "box_w": np.zeros((8, 3, SIDE, SIDE), np.float32),
        "box_b": np.array([near, near, far, far] * 2, np.float32),
    }
    window: dict[str, Any] = {
        "kernel_shape": [SIDE] * 2,
        "strides": [STRIDE] * 2,
        "pads": [STRIDE] * 4,
    }
    nodes = [
        helper.make_node("Conv", ["input_1", "cov_w", "cov_b"], ["logits"], **window),
        helper.make_node("Sigmoid", ["logits"], ["output_cov/Sigmoid"]),
        helper.make_node("Conv", ["input_1", "box_w", "box_b"], ["output_bbox/BiasAdd"], **window),
    ]
    rows, columns = HEIGHT // STRIDE, WIDTH // STRIDE
    graph = helper.make_graph(
        nodes,
        "squares",
        [_info("input_1", 3, HEIGHT, WIDTH)],
        [
            _info("output_cov/Sigmoid", 2, rows, columns),
            _info("output_bbox/BiasAdd", 8, rows, columns),
        ],
        [numpy_helper.from_array(value, name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))


def _info(name: str, *shape: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])


def frame(
    *squares: tuple[str, int, int], size: tuple[int, int] = (WIDTH, HEIGHT)
) -> NDArray[np.uint8]:
    """A grey RGB picture with squares: colour, left, top."""
    picture = np.full((size[1], size[0], 3), GRAY, np.uint8)
    for color, left, top in squares:
        picture[top : top + SIDE, left : left + SIDE] = COLORS[color]
    return picture


def write_video(path: Path, frames: Iterable[NDArray[np.uint8]]) -> Path:
    """A motion-JPEG AVI at 10 frames a second."""
    frames = list(frames)
    size = (frames[0].shape[1], frames[0].shape[0])
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, size)
    for one in frames:
        writer.write(cv2.cvtColor(one, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def moving(count: int, color: str = "red") -> list[NDArray[np.uint8]]:
    """A square that goes right by 16 pixels a frame."""
    return [frame((color, 16 * number, 96)) for number in range(count)]


NETWORK = """[property]
onnx-file=model.onnx
labelfile-path=labels.txt
net-scale-factor=0.00392156862745098
infer-dims=3;240;320
num-detected-classes=2
scaling-filter=1
cluster-mode=2
[class-attrs-all]
pre-cluster-threshold=0.5
nms-iou-threshold=0.2
"""
TRACKER = """%YAML:1.0
TargetManagement:
  probationAge: 2
  maxShadowTrackingAge: 5
"""
APP: dict[str, dict[str, Any]] = {
    "application": {"gie-kitti-output-dir": "out/kitti"},
    "tiled-display": {"enable": 0},
    "streammux": {"width": WIDTH, "height": HEIGHT, "batched-push-timeout": 40000},
    "primary-gie": {"enable": 1, "config-file": "infer.txt"},
    "sink0": {"enable": 1, "type": 1, "sync": 0},
}
FILE_SINK = {"enable": 1, "type": 3, "sync": 0, "container": 1, "codec": 1, "bitrate": 2000000}
OSD = {"enable": 1, "border-width": 2}
Groups = dict[str, dict[str, Any]]


def write_app(folder: Path, videos: Sequence[Path | str], **groups: dict[str, object]) -> Path:
    """``app.txt`` with everything beside it; ``groups`` add to or replace those of ``APP``."""
    write_network(folder / "model.onnx")
    (folder / "labels.txt").write_text("".join(f"{name}\n" for name in CLASSES))
    (folder / "infer.txt").write_text(NETWORK)
    (folder / "tracker.yml").write_text(TRACKER)
    sources = {
        f"source{number}": {"enable": 1, "type": 2, "uri": _uri(video)}
        for number, video in enumerate(videos)
    }
    added = {name.replace("_", "-"): keys for name, keys in groups.items()}
    whole: Groups = {**APP, **sources, **added}
    whole["streammux"] = {
        **APP["streammux"],
        "batch-size": len(videos),
        **added.get("streammux", {}),
    }
    lines = itertools.chain.from_iterable(
        (f"[{name}]", *(f"{key}={value}" for key, value in keys.items()))
        for name, keys in whole.items()
    )
    path = folder / "app.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def _uri(video: Path | str) -> str:
    return f"file://{video}" if isinstance(video, Path) else video
