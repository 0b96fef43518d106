"""One batch through a network: whole frames, objects in them, or regions made before.

A pass begins to look at a batch and gives what is left to do with it. Frames and regions are
attached there, when the outputs have come: the next batch may have begun before. Objects are
attached at once, because what was found of an object decides whether it is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.twin.inference import classes, outputs, tensors
from deepstream.twin.inference.network import SECONDARY, Answers, Network, Outputs
from deepstream.twin.inference.objects import History, Memory, wanted
from deepstream.twin.inference.regions import check_tensor, tensors_for
from deepstream.twin.inference.target import Target, of_frame, of_object, of_region
from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, NvDsObjectMeta
from deepstream.twin.metadata.preprocess import GstNvDsPreProcessBatchMeta
from train2edge.errors import InputError

Picture = NDArray[np.uint8]
Pixels = Callable[[NvDsFrameMeta], Picture]  # a frame's memory, RGBA
Rest = Callable[[], object]  # waits for the outputs and attaches what they say


def nothing() -> None:
    """The rest of a batch that is done."""


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

    def __call__(self, batch: NvDsBatchMeta, pixels: Pixels, interval: int) -> Rest:
        if not self.due(interval):
            return nothing
        wanted = self.network.input
        targets = [of_frame(one, rgb(pixels(one)), wanted) for one in batch.frames]
        return partial(_attach, self.network, targets, self.network.start(targets))


class Regions(Batches):
    """A network whose tensors nvdspreprocess has made: it has no look at the pictures."""

    def __call__(self, batch: NvDsBatchMeta, pixels: Pixels, interval: int) -> Rest:
        if not self.due(interval):
            return nothing
        made = list(tensors_for(batch, self.network.settings.gie_unique_id))
        for one in made:
            check_tensor(one, self.network.input, str(self.network.settings.path))
        begun = [self._begin(one) for one in made]
        return partial(self._rest, batch, begun)

    def _begin(self, made: GstNvDsPreProcessBatchMeta) -> tuple[list[Target], Answers]:
        whole = made.tensor_meta.tensor
        assert whole is not None
        pairs = zip(made.regions, whole, strict=True)
        targets = [of_region(region, tensor) for region, tensor in pairs]
        return targets, self.network.start(targets)

    def _rest(self, batch: NvDsBatchMeta, begun: list[tuple[list[Target], Answers]]) -> None:
        for targets, answers in begun:
            found = _attach(self.network, targets, answers)
            if self.network.settings.output_tensor_meta and found:
                whole = {name: np.stack([one[name] for one in found]) for name in found[0]}
                tensors.attach(self.network, batch.users, whole)


def _attach(network: Network, targets: list[Target], answers: Answers) -> list[Outputs]:
    found = answers()
    for target, output in zip(targets, found, strict=True):
        outputs.attach(network, target, output)
        target.frame.bInferDone = 1
    return found


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

    def __call__(self, batch: NvDsBatchMeta, pixels: Pixels, interval: int) -> Rest:
        self._raise_failures()
        due: list[tuple[Target, History | None]] = []
        for frame in batch.frames:
            self._look(frame, pixels, due)
            self.memory.forget(frame)
        if not due:
            return nothing
        answers = self.network.start([target for target, _ in due])
        if self.apart is not None:
            self.running.append(self.apart.submit(self._learn, answers, due))
            return nothing
        for (target, history), output in zip(due, answers(), strict=True):
            self._attach(target, history, output)
        return nothing

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

    def _learn(self, answers: Answers, due: list[tuple[Target, History | None]]) -> None:
        for (_, history), output in zip(due, answers(), strict=True):
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
