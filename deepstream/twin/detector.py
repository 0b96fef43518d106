"""The network behind ``nvinfer``: settings, the engine that was chosen, frames in, boxes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepstream import settings_file
from deepstream.twin.engine import Engine, EngineChoice, choose
from deepstream.twin.metadata import Color
from train2edge.contract import Contract
from train2edge.detections import FrameDetections
from train2edge.nvinfer.postprocess import frame_detections, of_picture
from train2edge.nvinfer.preprocess import prepare
from train2edge.runtime import Model, open_model

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Detector:
    """A network with everything nvinfer does around it."""

    contract: Contract
    model: Model
    choice: EngineChoice
    batch_size: int
    interval: int
    unique_id: int

    def __call__(self, pictures: Sequence[Picture]) -> list[FrameDetections]:
        """The detections of each picture (uint8 HWC RGB), boxes in that picture's pixels."""
        found: list[FrameDetections] = []
        for start in range(0, len(pictures), self.batch_size):
            found += self._batch(pictures[start : start + self.batch_size])
        return found

    @property
    def description(self) -> str:
        return f"{self.model.engine}: {self.choice.reason}"

    def label(self, class_id: int) -> str:
        return self.contract.output.classes[class_id]

    def border_color(self, class_id: int) -> Color | None:
        return None

    def _batch(self, pictures: Sequence[Picture]) -> list[FrameDetections]:
        prepared = [prepare(picture, self.contract.input) for picture in pictures]
        outputs = self.model(np.stack([tensor for tensor, _ in prepared]))
        return [
            frame_detections(
                "",
                of_picture(outputs, index),
                self.contract,
                geometry,
                (pictures[index].shape[1], pictures[index].shape[0]),
            )
            for index, (_, geometry) in enumerate(prepared)
        ]


def load(
    path: Path, *, engine: Engine = "auto", batch_size: int | None = None, interval: int | None
) -> Detector:
    file = settings_file.read(path)
    onnx = path.parent / (file.get("property", "onnx-file") or "")
    choice = choose(onnx, engine)
    model = open_model(choice.model, engine=choice.engine)
    contract = Contract.from_metadata(model.metadata, where=str(onnx))
    return Detector(contract, model, choice, batch_size or 1, interval or 0, 1)
