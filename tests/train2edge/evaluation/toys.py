"""Painted pictures and a predictor that finds the paint: real pixels, real tensors, no network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.contract import Contract, InputContract, OutputContract
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
