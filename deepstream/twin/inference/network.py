"""A network with everything nvinfer does around it: settings, the engine that was chosen."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
Answers = Callable[[], list[Outputs]]
INT8 = 1  # network-mode
NMS = 2  # cluster-mode
SECONDARY = 2  # process-mode


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
    idle: deque[Floats] = field(default_factory=deque)  # memory of batches that are done

    @property
    def description(self) -> str:
        return f"{self.model.engine}: {self.choice.reason}"

    @cached_property
    def table(self) -> labels.Rows:
        """The label file, row by row."""
        return labels.read(self.settings.labelfile_path) if self.settings.labelfile_path else ()

    def label(self, class_id: int) -> str:
        return labels.label(self.table, class_id) or str(class_id)

    def __call__(self, targets: Sequence[Target]) -> list[Outputs]:
        """The outputs for each target."""
        return self.start(targets)()

    def start(self, targets: Sequence[Target]) -> Answers:
        """Begin to look at ``targets``, in batches of ``batch_size``.

        Their pictures are not looked at any more afterwards.
        """
        size = self.batch_size
        parts = [self._start(targets[n : n + size]) for n in range(0, len(targets), size)]
        return lambda: [one for part in parts for one in part()]

    def _start(self, targets: Sequence[Target]) -> Answers:
        batch = self.idle.pop() if self.idle else self._black()
        for target, tensor in zip(targets, batch, strict=False):
            self.prepare(target, tensor)
        fixed = self.model.inputs[0].shape[0]
        if fixed is not None:
            batch[len(targets) :] = 0  # a graph of a fixed batch is filled up with black pictures
        wait = self.model.start(batch[: fixed or len(targets)])

        def answers() -> list[Outputs]:
            found = wait()
            self.idle.append(batch)
            return [{name: one[i] for name, one in found.items()} for i in range(len(targets))]

        return answers

    def prepare(self, target: Target, tensor: Floats) -> None:
        """Fill ``tensor``, float32 of the contract's ``shape``, with what ``target`` looks at."""
        if target.tensor is not None:
            np.copyto(tensor, target.tensor)
            return
        assert target.picture is not None
        normalize(resize(target.picture, target.geometry, self.input), self.input, out=tensor)

    def warm_up(self) -> None:
        """Run once on black: what cannot be computed fails here."""
        self.model(self._black())

    def _black(self) -> Floats:
        return np.zeros((self.batch_size, *self.input.shape), np.float32)


def load(settings: InferSettings, *, engine: Engine = "auto", clip_to_roi: bool = True) -> Network:
    """Open the network of ``settings`` and run it once on black.

    ``InputError`` for a configuration that cannot be run without NVIDIA's libraries.
    """
    onnx = _onnx(settings)
    choice = choose(onnx, engine, int8=settings.network_mode == INT8)
    if nms_inside(onnx):
        settings = replace(settings, cluster_mode=NMS)
    # Objects are waited for; of frames the next batch may begin before this one is done.
    stream = settings.process_mode != SECONDARY
    model = open_model(choice.model, engine=choice.engine, stream=stream)
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
    network.warm_up()
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
