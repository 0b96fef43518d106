"""Painted pictures and a predictor that finds the paint: real pixels, real tensors, no network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from train2edge.bundle import ModelBundle
from train2edge.contract import METADATA_KEY, Contract, InputContract, OutputContract
from train2edge.datasets.sample import Sample

CLASSES = ("car", "bus")
CONTRACT = Contract(InputContract(160, 96), OutputContract(CLASSES))
BOXES = (
    ([[20, 30, 110, 90], [180, 100, 280, 170]], [0, 1]),
    ([[60, 40, 160, 120]], [1]),
    ([[10, 10, 100, 70], [150, 20, 260, 80], [100, 110, 220, 180]], [0, 0, 1]),
    ([], []),
)


def paint(folder: Path, boxes: object, class_ids: object, name: str) -> Sample:
    """A 320x192 picture: cars are red, buses green."""
    folder.mkdir(parents=True, exist_ok=True)
    sample = Sample(
        folder / name,
        320,
        192,
        np.asarray(boxes, np.float32),
        np.asarray(class_ids, np.int32),
        np.zeros(np.size(class_ids), bool),
    )
    picture = np.zeros((192, 320, 3), np.uint8)
    for (left, top, right, bottom), label in zip(
        sample.boxes.astype(int), sample.class_ids, strict=True
    ):
        picture[top:bottom, left:right, label] = 255
    cv2.imwrite(str(sample.image), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return sample


def painted(folder: Path) -> list[Sample]:
    return [paint(folder, *one, f"p{index}.png") for index, one in enumerate(BOXES)]


@dataclass
class PaintFinder:
    """Tells of each coloured patch; ``shrink`` spoils the boxes of all but its middle cell."""

    contract: Contract = CONTRACT
    shrink: float = 0.0
    batches: int = 0

    def __call__(self, batch: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        self.batches += 1
        output = self.contract.output
        rows, columns = batch.shape[2] // output.stride, batch.shape[3] // output.stride
        coverage = np.zeros((len(batch), len(output.classes), rows, columns), np.float32)
        bbox = np.zeros((len(batch), 4 * len(output.classes), rows, columns), np.float32)
        for index, picture in enumerate(batch):
            for label in range(len(output.classes)):
                mask = (picture[label] > 0.5).astype(np.uint8)
                for left, top, width, height, _ in cv2.connectedComponentsWithStats(mask)[2][1:]:
                    box = np.array([left, top, left + width, top + height], float)
                    self._tell(coverage[index, label], bbox[index, 4 * label : 4 * label + 4], box)
        return {output.coverage: coverage, output.bbox: bbox}

    def _tell(
        self, coverage: NDArray[np.float32], bbox: NDArray[np.float32], box: NDArray[np.float64]
    ) -> None:
        output = self.contract.output
        middle = (box[:2] + box[2:]) / 2
        cells = np.argwhere(coverage >= 0)
        centres = cells[:, ::-1] * output.stride + output.box_offset
        inside = ((centres > box[:2]) & (centres < box[2:])).all(axis=1)
        distance = np.abs(centres - middle).max(axis=1)
        nearest = distance[inside].min()
        for (row, column), centre, far in zip(
            cells[inside], centres[inside], distance[inside], strict=True
        ):
            worse = far > nearest
            coverage[row, column] = 0.5 if worse else 0.9
            size = (box[2:] - box[:2]) * (self.shrink if worse else 0)
            edges = np.concatenate([centre - (box[:2] + size), (box[2:] - size) - centre])
            bbox[:, row, column] = edges / output.box_norm


CELL = 32  # pixels of a painted picture that one cell of the grid covers


def squares(folder: Path) -> list[Sample]:
    """Pictures of squares of one cell, which ``write_onnx``'s network finds exactly."""
    places = [[(1, 1), (5, 3)], [(2, 4)], [(7, 2), (3, 1), (8, 4)]]
    labels = [[0, 1], [1], [0, 0, 1]]
    samples = []
    for index, (cells, ids) in enumerate(zip(places, labels, strict=True)):
        boxes = [[CELL * x, CELL * y, CELL * (x + 1), CELL * (y + 1)] for x, y in cells]
        samples.append(paint(folder, boxes, ids, f"s{index}.png"))
    return samples


def write_onnx(path: Path, *, batch: int | None = None, contract: Contract = CONTRACT) -> Path:
    """A network whose coverage is a cell's mean red or green, and whose boxes are the cells."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    output = contract.output
    count, side = len(output.classes), output.stride
    pool = np.zeros((count, 3, side, side), np.float32)
    for label in range(count):
        pool[label, label] = 1 / side**2
    near, far = output.box_offset / output.box_norm, (side - output.box_offset) / output.box_norm
    weights = {
        "pool": pool,
        "nothing": np.zeros((4 * count, 3, side, side), np.float32),
        "cell": np.tile(np.array([near, near, far, far], np.float32), count),
    }
    conv = {"kernel_shape": [side, side], "strides": [side, side]}
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["input_1", "pool"], [output.coverage], **conv),
            helper.make_node("Conv", ["input_1", "nothing", "cell"], [output.bbox], **conv),
        ],
        "squares",
        [_info(helper, TensorProto, "input_1", [batch or "N", 3, 96, 160])],
        [
            _info(helper, TensorProto, output.coverage, [batch or "N", count, 6, 10]),
            _info(helper, TensorProto, output.bbox, [batch or "N", 4 * count, 6, 10]),
        ],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {METADATA_KEY: contract.to_json()})
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return path


def write_bundle(folder: Path, precision: str = "fp32") -> Path:
    write_onnx(folder / "model.onnx")
    write_onnx(folder / "cpu.onnx", batch=2)
    bundle = ModelBundle(
        path=folder,
        name="squares",
        precision=precision,  # type: ignore[arg-type]
        contract=CONTRACT,
        files={"model": "model.onnx", "model_cpu": "cpu.onnx"},
    )
    bundle.write_manifest()
    return folder


def write_experiment(folder: Path, samples: list[Sample]) -> Path:
    """KITTI labels and an experiment file whose test part is ``samples``."""
    labels = folder / "labels"
    labels.mkdir(parents=True)
    for sample in samples:
        lines = [
            f"{CLASSES[label]} 0 0 0 {' '.join(f'{value:.2f}' for value in box)} 0 0 0 0 0 0 0\n"
            for box, label in zip(sample.boxes, sample.class_ids, strict=True)
        ]
        (labels / f"{sample.image.stem}.txt").write_text("".join(lines))
    source = {"format": "kitti", "images": str(samples[0].image.parent), "labels": str(labels)}
    spec = folder / "spec.yaml"
    dataset = {"classes": list(CLASSES), "train": source, "test": source}
    spec.write_text(yaml.safe_dump({"name": "squares", "dataset": dataset}))
    return spec


def _info(helper: Any, kinds: Any, name: str, shape: list[Any]) -> Any:
    return helper.make_tensor_value_info(name, kinds.FLOAT, shape)
