from __future__ import annotations

import numpy as np
import onnx
import onnx_graphsurgeon as gs
import pytest

from exporter.onnx_file import from_graph
from exporter.quantize import winograd
from exporter.runs import session

WIDE = winograd.LEAST


def network(
    height: int = 13,
    width: int = 8,
    *,
    channels: tuple[int, int] = (WIDE, WIDE + 8),
    kernel: int = 3,
    bias: bool = True,
    group: int = 1,
    **attrs: object,
) -> onnx.ModelProto:
    inputs, outputs = channels
    rng = np.random.default_rng(0)
    graph = gs.Graph(inputs=[gs.Variable("x", np.float32, ["N", inputs, height, width])], opset=17)
    weight = rng.normal(0, 0.1, (outputs, inputs // group, kernel, kernel)).astype(np.float32)
    constants = [gs.Constant("w", weight)]
    constants += [gs.Constant("b", rng.normal(0, 1, outputs).astype(np.float32))] if bias else []
    made = gs.Variable("y", np.float32)
    attrs = {"pads": [1, 1, 1, 1], "group": group, **attrs}
    graph.nodes.append(gs.Node("Conv", "conv", attrs, [graph.inputs[0], *constants], [made]))
    graph.outputs = [made]
    return from_graph(graph)


def values(model: onnx.ModelProto, picture: np.ndarray) -> np.ndarray:
    return session(model).run(["y"], {"x": picture})[0]


@pytest.mark.parametrize("pads", [[1, 1, 1, 1], [0, 0, 0, 0], [0, 2, 1, 0]])
@pytest.mark.parametrize("size", [(13, 8), (4, 4), (3, 17)])
@pytest.mark.parametrize("bias", [True, False])
def test_the_sums_are_the_same(size, pads, bias):
    model = network(*size, bias=bias, pads=pads)
    fast = winograd.rewritten(model)
    assert "MatMul" in {node.op_type for node in fast.graph.node}
    picture = np.random.default_rng(1).normal(0, 1, (1, WIDE, *size)).astype(np.float32)
    expected = values(model, picture)
    np.testing.assert_allclose(values(fast, picture), expected, atol=2e-5 * np.abs(expected).max())


@pytest.mark.parametrize(
    "changes",
    [
        {"strides": [2, 2]},
        {"dilations": [2, 2]},
        {"kernel": 1},
        {"kernel": 5},
        {"group": WIDE, "channels": (WIDE, WIDE)},
        {"channels": (WIDE // 2, WIDE)},
    ],
)
def test_what_gains_nothing_stays(changes):
    fast = winograd.rewritten(network(**changes))
    assert [node.op_type for node in fast.graph.node] == ["Conv"]
