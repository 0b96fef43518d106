"""Whether a Q/DQ graph computes what its quantisation-aware network computed in training.

Not from end to end: float sums differ in their last bit between two runtimes, a value between two
steps is rounded the other way, and some layers later every value has seen one of those; two right
networks are then as far apart as each is from the float one. So the graph is cut where it rounds:
every part gets the very tensors that the network had there, and what it makes of them is compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import onnx
import onnx_graphsurgeon as gs
from numpy.typing import NDArray

from exporter import onnx_file
from exporter.quantize import qdq
from exporter.quantize.noise import relative_noise
from exporter.report import Parity
from exporter.runs import session

Tensors = Mapping[str, NDArray[np.float32]]
# Noise over signal. Float's last bits bring 1e-12 and one value between two steps 1e-8; a range
# that is 2 % wrong was seen to bring 6e-6 and more, a rounding that is left out 1e-5 and more.
TOLERANCE = 2e-6


def parity(model: onnx.ModelProto, trained: Mapping[str, float], seen: Iterable[Tensors]) -> Parity:
    """The worst tensor's noise; ``seen`` are the network's own of one picture after the other, by
    the graph's names: all that it reads in 8 bits, as they are before rounding, and its outputs.
    """
    graph = _in_parts(qdq.quantize(model, trained)[0], trained)
    running = session(graph)
    names = [one.name for one in graph.graph.output]
    worst = 0.0
    for tensors in seen:
        given = {_given(name): tensors[name] for name in trained}
        found = running.run(names, given)
        noise = [
            relative_noise([tensors[name]], [value])
            for name, value in zip(names, found, strict=True)
        ]
        worst = float(np.max([worst, *noise]))  # keeps NaN, which max() may drop
    what = "torch in 8 bits against Q/DQ ONNX, noise over signal of every part"
    return Parity(what, worst, TOLERANCE)


def _in_parts(model: onnx.ModelProto, trained: Mapping[str, float]) -> onnx.ModelProto:
    """``model`` with an input in front of each activation's Q/DQ pair, and the tensors that were
    there as outputs."""
    graph = gs.import_onnx(model)
    tensors = graph.tensors()
    for name in trained:
        pair = next(one for one in graph.nodes if one.name == f"{name}_QuantizeLinear")
        pair.inputs[0] = gs.Variable(_given(name), np.float32)
        graph.inputs.append(pair.inputs[0])
        if tensors[name].inputs:  # not the picture
            graph.outputs.append(tensors[name])
    graph.inputs = [one for one in graph.inputs if one.outputs]
    return onnx_file.from_graph(graph)


def _given(name: str) -> str:
    return f"{name}_given"
