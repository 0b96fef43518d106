"""One input size: the contract's. Height and width that the file leaves open are written into it.

TensorRT profiles can leave them open, nvinfer cannot: it wants one size, and so do the anchors of a
decoded head. The batch is set to 1 here; ``dynamic_batch`` opens it again and proves that it did.
"""

from __future__ import annotations

import onnx_graphsurgeon as gs

from exporter.surgery.report import PassReport
from exporter.surgery.wiring import forget_inner_shapes
from train2edge.contract import Contract
from train2edge.errors import InputError


def apply(graph: gs.Graph, contract: Contract) -> PassReport:
    """Fix the input to ``[1, channels, height, width]``; ``InputError`` for a file of another."""
    if len(graph.inputs) != 1:
        names = ", ".join(one.name for one in graph.inputs)
        raise InputError(f"{len(graph.inputs)} inputs ({names}); nvinfer feeds one picture")
    frame, tensor = contract.input, graph.inputs[0]
    wanted = [1, frame.channels, frame.height, frame.width]
    shape = list(tensor.shape or (None,) * 4)
    _check(shape, wanted, tensor.name)
    changed = sum(have != want for have, want in zip(shape, wanted, strict=True))
    tensor.shape = wanted
    if changed:
        for output in graph.outputs:
            output.shape = None
        forget_inner_shapes(graph)
    return PassReport("fixed_size", changed)


def _check(shape: list[object], wanted: list[int], name: str) -> None:
    fits = len(shape) == 4 and all(
        not isinstance(have, int) or have in (-1, want)
        for have, want in zip(shape[1:], wanted[1:], strict=True)
    )
    if not fits:
        have = "x".join("?" if not isinstance(one, int) else str(one) for one in shape[1:])
        raise InputError(
            f"{name} takes {have} a picture, not {'x'.join(map(str, wanted[1:]))}",
            hint="NCHW is wanted; --size WIDTHxHEIGHT says another size",
        )
