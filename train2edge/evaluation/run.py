"""Running a model over labelled pictures: read, prepare, predict, decode, one batch at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import Contract, InputContract
from train2edge.datasets.picture import read_picture
from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.evaluation.predictor import Predictor
from train2edge.nvinfer.geometry import Geometry
from train2edge.nvinfer.postprocess import frame_detections, of_picture
from train2edge.nvinfer.preprocess import prepare
from train2edge.progress import track

BATCH = 8
READERS = 2  # threads that decode pictures while the network computes
Item = TypeVar("Item")


class Raw(NamedTuple):
    """What the network said of one picture: tensors without batch, and the way to its pixels."""

    sample: Sample
    outputs: dict[str, NDArray[Any]]
    geometry: Geometry


def raw_outputs(
    predictor: Predictor,
    samples: Iterable[Sample],
    contract: Contract | None = None,
    batch_size: int = BATCH,
) -> Iterator[Raw]:
    """Give the output tensors of every picture, in order; reads a batch ahead, keeps nothing.

    ``contract`` defaults to the predictor's own. Raises ``InputError`` naming a broken picture.
    """
    size = (contract or predictor.contract).input
    for batch in _prepared(samples, size, batch_size):
        outputs = predictor(np.stack([tensor for _, tensor, _ in batch]))
        for index, (sample, _, geometry) in enumerate(batch):
            yield Raw(sample, of_picture(outputs, index), geometry)


def detect_samples(
    predictor: Predictor,
    samples: Sequence[Sample],
    contract: Contract | None = None,
    batch_size: int = BATCH,
    *,
    title: str = "detect",
) -> list[FrameDetections]:
    """Detections of every picture, in its own pixels, as nvinfer would attach them; with a bar.

    Thresholds are the contract's ``pre_cluster``: those for average precision.
    """
    contract = contract or predictor.contract
    raws = raw_outputs(predictor, samples, contract, batch_size)
    return [decode(raw, contract) for raw in track(raws, title, len(samples))]


def decode(raw: Raw, contract: Contract, name: str | None = None) -> FrameDetections:
    """The detections of one picture from its tensors."""
    size = (raw.sample.width, raw.sample.height)
    return frame_detections(name or raw.sample.name, raw.outputs, contract, raw.geometry, size)


_Prepared = tuple[Sample, NDArray[np.float32], Geometry]


def _prepared(
    samples: Iterable[Sample], contract: InputContract, batch_size: int
) -> Iterator[list[_Prepared]]:
    """Batches of prepared pictures; the next one is read while the caller uses this one."""

    picture = lru_cache(2 * READERS)(read_picture)  # several objects of one picture

    def read(sample: Sample) -> _Prepared:
        return (sample, *prepare(picture(sample.image), contract, sample.region))

    with ThreadPoolExecutor(READERS) as pool:
        waiting: deque[list[Future[_Prepared]]] = deque()
        try:
            for batch in batches(samples, batch_size):
                waiting.append([pool.submit(read, sample) for sample in batch])
                if len(waiting) > 1:
                    yield [future.result() for future in waiting.popleft()]
            while waiting:
                yield [future.result() for future in waiting.popleft()]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in their order, ``size`` at a time; the last batch may be smaller."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
