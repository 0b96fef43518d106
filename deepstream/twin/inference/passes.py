"""One batch through a network: whole frames, objects in them, or regions made before."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.twin.inference import classes, outputs, tensors
from deepstream.twin.inference.network import Floats, Network, Outputs
from deepstream.twin.inference.objects import History, Memory, wanted
from deepstream.twin.inference.regions import check_tensor, tensors_for
from deepstream.twin.inference.target import Target, of_frame, of_object, of_region
from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, NvDsObjectMeta
from deepstream.twin.metadata.preprocess import GstNvDsPreProcessBatchMeta
from train2edge.errors import InputError

Picture = NDArray[np.uint8]
Pixels = Callable[[NvDsFrameMeta], Picture]  # a frame's memory, RGBA
SECONDARY = 2  # process-mode


def rgb(pixels: Picture) -> Picture:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB), np.uint8)


class Batches:
    """What looks at every ``interval + 1``-th batch."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.batches = 0

    def due(self, interval: int) -> bool:
        """Whether the batch that came is one to look at."""
        self.batches += 1
        return (self.batches - 1) % (interval + 1) == 0

    def close(self) -> None:
        """Nothing to wait for."""


class Frames(Batches):
    """A primary network: every frame of every ``interval + 1``-th batch."""

    def __call__(self, batch: NvDsBatchMeta, pixels: Pixels, interval: int) -> None:
        if not self.due(interval):
            return
        wanted = self.network.input
        targets = [of_frame(one, rgb(pixels(one)), wanted) for one in batch.frames]
        found = self.network([self.network.prepare(one) for one in targets])
        for target, output in zip(targets, found, strict=True):
            outputs.attach(self.network, target, output)
            target.frame.bInferDone = 1


class Regions(Batches):
    """A network whose tensors nvdspreprocess has made: it has no look at the pictures."""

    def __call__(self, batch: NvDsBatchMeta, pixels: Pixels, interval: int) -> None:
        if self.due(interval):
            for made in tensors_for(batch, self.network.settings.gie_unique_id):
                check_tensor(made, self.network.input, str(self.network.settings.path))
                self._infer(batch, made)

    def _infer(self, batch: NvDsBatchMeta, made: GstNvDsPreProcessBatchMeta) -> None:
        found = self.network(list(np.asarray(made.tensor_meta.tensor, np.float32)))
        for region, output in zip(made.regions, found, strict=True):
            target = of_region(region)
            outputs.attach(self.network, target, output)
            target.frame.bInferDone = 1
        if self.network.settings.output_tensor_meta and found:
            whole = {name: np.stack([one[name] for one in found]) for name in found[0]}
            tensors.attach(self.network, batch.users, whole)


class Objects:
    """A secondary network: the objects it is set to, each again as often as it is set to.

    An asynchronous classifier computes beside the pipeline; what it finds is attached the next
    time the object is seen.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.memory = Memory(network.settings)
        self.apart: ThreadPoolExecutor | None = None
        self.running: list[Future[None]] = []
        if network.settings.classifier_async_mode:
            self.apart = ThreadPoolExecutor(1)

    def __call__(self, batch: NvDsBatchMeta, pixels: Pixels, interval: int) -> None:
        self._raise_failures()
        due: list[tuple[Target, History | None]] = []
        for frame in batch.frames:
            self._look(frame, pixels, due)
            self.memory.forget(frame)
        if not due:
            return
        prepared = [self.network.prepare(target) for target, _ in due]
        if self.apart is not None:
            self.running.append(self.apart.submit(self._learn, prepared, due))
            return
        for (target, history), output in zip(due, self.network(prepared), strict=True):
            self._attach(target, history, output)

    def _look(
        self, frame: NvDsFrameMeta, pixels: Pixels, due: list[tuple[Target, History | None]]
    ) -> None:
        """Attach what is known of the frame's objects, and add the others to ``due``."""
        picture: Picture | None = None
        for one in [one for one in frame.objects if wanted(one, self.network.settings)]:
            history = self.memory.of(frame, one)
            again = self.memory.due(frame, one, history)
            if history is not None and history.found and (self.apart or not again):
                classes.attach_found(self.network, frame, one, history.found)
            if not again:
                continue
            picture = rgb(pixels(frame)) if picture is None else picture
            self._add(frame, one, picture, due)

    def _add(
        self,
        frame: NvDsFrameMeta,
        one: NvDsObjectMeta,
        picture: Picture,
        due: list[tuple[Target, History | None]],
    ) -> None:
        try:
            target = of_object(frame, one, picture, self.network.input)
        except InputError:
            return  # too small or outside: nothing is left of it after rounding
        history = self.memory.begin(frame, one)
        if history is not None or self.apart is None:  # without a number nobody would find it again
            due.append((target, history))

    def _attach(self, target: Target, history: History | None, output: Outputs) -> None:
        found = outputs.attach(self.network, target, output)
        if history is not None:
            history.learn(found)

    def _learn(self, prepared: list[Floats], due: list[tuple[Target, History | None]]) -> None:
        for (_, history), output in zip(due, self.network(prepared), strict=True):
            assert history is not None
            history.learn(self.network.read(output))

    def _raise_failures(self) -> None:
        for one in [one for one in self.running if one.done()]:
            self.running.remove(one)
            one.result()

    def close(self) -> None:
        if self.apart is not None:
            self.apart.shutdown()
        self._raise_failures()


def passes(network: Network) -> Frames | Regions | Objects:
    """How batches go through ``network``, by its settings."""
    if network.settings.input_tensor_from_meta:
        return Regions(network)
    return Objects(network) if network.settings.process_mode == SECONDARY else Frames(network)
