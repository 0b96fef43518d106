"""Which values a network's tensors take: run pictures, count every tensor's magnitudes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
from numpy.typing import NDArray

from exporter.runs import session, with_outputs
from train2edge.calibration.histogram import Histogram
from train2edge.errors import WorkError


def collect(
    model: onnx.ModelProto, tensors: Sequence[str], pictures: Iterable[NDArray[np.float32]]
) -> dict[str, Histogram]:
    """Histograms of ``tensors`` (the graph's input among them) over ``pictures`` ``[C, H, W]``.

    One picture at a time, so that the memory is one picture's activations and never the set's. Its
    tensors are counted side by side, each by one thread: the counts are the same in any order.
    """
    name = model.graph.input[0].name
    wanted = [one for one in tensors if one != name]
    running = session(with_outputs(model, wanted), optimise=True)
    histograms = {one: Histogram() for one in tensors}
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as counting:
        for picture in pictures:
            values = dict(zip(wanted, running.run(wanted, {name: picture[None]}), strict=True))
            if name in histograms:
                values[name] = picture
            done = [
                counting.submit(histograms[one].add, value, name=one)
                for one, value in values.items()
            ]
            for counted in done:
                counted.result()
            del values, done  # before the next picture's come
    if not all(one.total for one in histograms.values()):
        raise WorkError("no calibration picture was run; there is nothing to take ranges from")
    return histograms


def float_tensors(model: onnx.ModelProto) -> tuple[str, ...]:
    """The graph's input and every node's outputs, in the graph's order: a cache's lines."""
    produced = [name for node in model.graph.node for name in node.output if name]
    return (model.graph.input[0].name, *produced)
