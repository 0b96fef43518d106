"""A network with everything nvinfer does around it: settings, the engine that was chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.engine import EngineChoice, choose, nms_inside
from deepstream.twin.inference.target import Target
from train2edge.contract import InputContract
from train2edge.errors import InputError
from train2edge.nvinfer import labels
from train2edge.nvinfer.frame_filter import FrameFilter
from train2edge.nvinfer.preprocess import normalize, resize
from train2edge.nvinfer.settings import InferSettings
from train2edge.nvinfer.settings_contract import input_contract
from train2edge.nvinfer.tasks import Found, reader
from train2edge.runtime import Engine, Model, open_model

Floats = NDArray[np.float32]
Outputs = dict[str, NDArray[Any]]
INT8 = 1  # network-mode
NMS = 2  # cluster-mode


@dataclass(frozen=True)
class Network:
    """``read`` makes of one picture's outputs what nvinfer makes of them, by ``network-type``.

    ``filters`` is what is dropped on the way to the frame.
    """

    settings: InferSettings
    input: InputContract
    read: Callable[[Outputs], Found]
    filters: FrameFilter
    model: Model
    choice: EngineChoice
    batch_size: int

    @property
    def description(self) -> str:
        return f"{self.model.engine}: {self.choice.reason}"

    @cached_property
    def table(self) -> labels.Rows:
        """The label file, row by row."""
        return labels.read(self.settings.labelfile_path) if self.settings.labelfile_path else ()

    def label(self, class_id: int) -> str:
        return labels.label(self.table, class_id) or str(class_id)

    def prepare(self, target: Target) -> Floats:
        """The input tensor of what ``target`` looks at, float32 of the contract's ``shape``."""
        assert target.picture is not None
        return normalize(resize(target.picture, target.geometry, self.input), self.input)

    def __call__(self, tensors: Sequence[Floats]) -> list[Outputs]:
        """The outputs for each tensor, run in batches of ``batch_size``."""
        found: list[Outputs] = []
        for start in range(0, len(tensors), self.batch_size):
            part = np.stack(tensors[start : start + self.batch_size])
            outputs = self.run(part)
            found += [{name: one[i] for name, one in outputs.items()} for i in range(len(part))]
        return found

    def run(self, batch: Floats) -> Outputs:
        """The network's outputs; a graph of a fixed batch is filled up with black pictures."""
        fixed = self.model.inputs[0].shape[0]
        if fixed is not None and len(batch) < fixed:
            empty = np.zeros((fixed - len(batch), *batch.shape[1:]), np.float32)
            batch = np.concatenate([batch, empty])
        return self.model(batch)


def load(settings: InferSettings, *, engine: Engine = "auto", clip_to_roi: bool = True) -> Network:
    """Open the network of ``settings`` and run it once on black.

    ``InputError`` for a configuration that cannot be run without NVIDIA's libraries.
    """
    onnx = _onnx(settings)
    choice = choose(onnx, engine, int8=settings.network_mode == INT8)
    if nms_inside(onnx):
        settings = replace(settings, cluster_mode=NMS)
    model = open_model(choice.model, engine=choice.engine)
    wanted = input_contract(settings, _size(settings, model), model.inputs[0].name)
    _check_shape(model, wanted, settings.path)
    network = Network(
        settings=settings,
        input=wanted,
        read=reader(settings, (wanted.width, wanted.height)),
        filters=settings.frame_filter(clip_to_roi=clip_to_roi),
        model=model,
        choice=choice,
        batch_size=model.inputs[0].shape[0] or settings.batch_size,
    )
    network.run(np.zeros((network.batch_size, *wanted.shape), np.float32))
    return network


def _onnx(settings: InferSettings) -> Path:
    if settings.onnx_file is None:
        raise InputError(
            "has no onnx-file, and the CPU twin cannot run a TensorRT engine",
            where=str(settings.path),
            hint="name the ONNX file that the engine was built from",
        )
    return settings.onnx_file


def _size(settings: InferSettings, model: Model) -> tuple[int, int] | None:
    """Width, height of the model's input, where the file fixes them."""
    shape = model.inputs[0].shape
    if len(shape) != 4:
        return None
    height, width = shape[1:3] if settings.network_input_order else shape[2:4]
    return None if width is None or height is None else (width, height)


def _check_shape(model: Model, contract: InputContract, path: Path) -> None:
    given, wanted = model.inputs[0].shape[1:], contract.shape
    if len(given) != 3 or any(a not in (None, b) for a, b in zip(given, wanted, strict=True)):
        shown = "x".join("?" if one is None else str(one) for one in model.inputs[0].shape)
        raise InputError(
            f"the network is to get {'x'.join(map(str, wanted))}, {model.path.name} takes {shown}",
            where=str(path),
        )
