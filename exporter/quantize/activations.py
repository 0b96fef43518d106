"""Which values a network's tensors take: run pictures, count every tensor's values."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import onnx
from numpy.typing import NDArray

from exporter.quantize import clips, winograd
from exporter.runs import session, with_outputs
from train2edge.calibration.counts import Counts
from train2edge.calibration.histogram import Histogram
from train2edge.errors import WorkError

Picture = NDArray[np.float32]
SIDE_BY_SIDE = 2  # pictures whose activations are in memory at once


def collect(
    model: onnx.ModelProto, tensors: Sequence[str], pictures: Iterable[Picture]
) -> dict[str, Histogram]:
    """Histograms of ``tensors`` (the graph's input among them) over ``pictures`` ``[C, H, W]``.

    The memory is that of two pictures' activations and never the set's. Each is run and counted by
    threads of its own, without waiting for the other: the sums are the same in any order.
    """
    feed = model.graph.input[0].name
    clipped = clips.find(model, tensors)
    counted = [one for one in tensors if one not in clipped]
    run = [one for one in counted if one != feed]
    cores = len(os.sched_getaffinity(0))
    threads = max(cores // SIDE_BY_SIDE, 1)
    running = session(counting_graph(model, run), optimise=True, threads=threads)

    def count(picture: Picture) -> dict[str, Counts]:
        values = dict(zip(run, running.run(run, {feed: picture[None]}), strict=True))
        values[feed] = picture
        return {name: Counts.of(values.pop(name), name=name) for name in counted}

    total: dict[str, Counts] = {}
    for counts in _side_by_side(count, pictures, min(cores, SIDE_BY_SIDE)):
        total = {name: one + total[name] if total else one for name, one in counts.items()}
    if not total:
        raise WorkError("no calibration picture was run; there is nothing to take ranges from")
    whole = clips.follow(clipped, total)
    return {name: whole[name].magnitudes() for name in tensors}


def counting_graph(model: onnx.ModelProto, tensors: Sequence[str]) -> onnx.ModelProto:
    """``model`` in its fastest form that gives ``tensors``, for one picture a run.

    The outputs come last: one whose shape is left open hides what shape inference knows of it.
    """
    return with_outputs(winograd.rewritten(model), tensors)


def float_tensors(model: onnx.ModelProto) -> tuple[str, ...]:
    """The graph's input and every node's outputs, in the graph's order: a cache's lines."""
    produced = [name for node in model.graph.node for name in node.output if name]
    return (model.graph.input[0].name, *produced)


def _side_by_side(
    work: Callable[[Picture], dict[str, Counts]], pictures: Iterable[Picture], workers: int
) -> Iterator[dict[str, Counts]]:
    """``work`` of each picture, in order; no more than one is read ahead of those worked on."""
    waiting: deque[Future[dict[str, Counts]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for picture in pictures:
            waiting.append(pool.submit(work, picture))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
