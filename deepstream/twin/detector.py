"""The network behind ``nvinfer``: settings, the engine that was chosen, frames in, boxes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.engine import EngineChoice, choose
from train2edge.contract import Contract
from train2edge.detections import FrameDetections
from train2edge.errors import InputError
from train2edge.nvinfer import settings as infer_settings
from train2edge.nvinfer.frame_filter import FrameFilter
from train2edge.nvinfer.postprocess import frame_detections, of_picture
from train2edge.nvinfer.preprocess import prepare
from train2edge.nvinfer.settings import InferSettings
from train2edge.runtime import Engine, Model, open_model

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
INT8 = 1  # network-mode


@dataclass(frozen=True)
class Detector:
    """A network with everything nvinfer does around it."""

    settings: InferSettings
    contract: Contract
    frame_filter: FrameFilter
    model: Model
    choice: EngineChoice
    batch_size: int
    interval: int

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
        return self.contract.output.classes[class_id] or str(class_id)

    def border_color(self, class_id: int) -> tuple[float, float, float, float]:
        red, green, blue, alpha = self.settings.class_attrs[class_id].border_color
        return red, green, blue, alpha

    def _batch(self, pictures: Sequence[Picture]) -> list[FrameDetections]:
        prepared = [prepare(picture, self.contract.input) for picture in pictures]
        outputs = self.run(np.stack([tensor for tensor, _ in prepared]))
        return [
            frame_detections(
                "",
                of_picture(outputs, index),
                self.contract,
                geometry,
                (pictures[index].shape[1], pictures[index].shape[0]),
                self.frame_filter,
            )
            for index, (_, geometry) in enumerate(prepared)
        ]

    def run(self, batch: Floats) -> dict[str, NDArray[Any]]:
        """The network's outputs; a graph of a fixed batch is filled up with black pictures."""
        fixed = self.model.inputs[0].shape[0]
        if fixed is not None and len(batch) < fixed:
            empty = np.zeros((fixed - len(batch), *batch.shape[1:]), np.float32)
            batch = np.concatenate([batch, empty])
        return self.model(batch)


def load(
    path: Path,
    *,
    engine: Engine = "auto",
    batch_size: int | None = None,
    interval: int | None = None,
) -> Detector:
    """Open the network of the nvinfer configuration ``path`` and run it once on black.

    ``batch_size`` and ``interval`` take the file's place, as an application's do. ``InputError``
    for a configuration that cannot be run without NVIDIA's libraries.
    """
    settings = infer_settings.read(path)
    choice = choose(_onnx(settings), engine, int8=settings.network_mode == INT8)
    model = open_model(choice.model, engine=choice.engine)
    contract = settings.contract(_size(model), tensor=model.inputs[0].name)
    _check_shape(model, contract, path)
    detector = Detector(
        settings=settings,
        contract=contract,
        frame_filter=settings.frame_filter(),
        model=model,
        choice=choice,
        batch_size=model.inputs[0].shape[0] or batch_size or settings.batch_size,
        interval=settings.interval if interval is None else interval,
    )
    detector.run(np.zeros((detector.batch_size, *_shape(contract)), np.float32))
    return detector


def _onnx(settings: InferSettings) -> Path:
    where = str(settings.path)
    if settings.process_mode != 1:
        raise InputError("process-mode=2: the CPU twin looks at whole frames alone", where=where)
    if settings.onnx_file is None:
        raise InputError(
            "has no onnx-file, and the CPU twin cannot run a TensorRT engine",
            where=where,
            hint="name the ONNX file that the engine was built from",
        )
    return settings.onnx_file


def _size(model: Model) -> tuple[int, int] | None:
    """Width, height of the model's input, where the file fixes them."""
    shape = model.inputs[0].shape
    if len(shape) != 4 or shape[2] is None or shape[3] is None:
        return None
    return shape[3], shape[2]


def _shape(contract: Contract) -> tuple[int, int, int]:
    return contract.input.channels, contract.input.height, contract.input.width


def _check_shape(model: Model, contract: Contract, path: Path) -> None:
    given, wanted = model.inputs[0].shape[1:], _shape(contract)
    if len(given) != 3 or any(a not in (None, b) for a, b in zip(given, wanted, strict=True)):
        shown = "x".join("?" if one is None else str(one) for one in model.inputs[0].shape)
        raise InputError(
            f"the network is to get {'x'.join(map(str, wanted))}, {model.path.name} takes {shown}",
            where=str(path),
        )
