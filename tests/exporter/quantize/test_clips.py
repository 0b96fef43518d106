from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnx_graphsurgeon as gs
import pytest

from exporter.onnx_file import from_graph
from exporter.quantize import clips
from exporter.runs import session, with_outputs
from train2edge.calibration.counts import Counts


def network(*steps: tuple[str, list[float], dict[str, Any]], opset: int = 17) -> onnx.ModelProto:
    """A chain of nodes, each with its constants after its input; outputs ``t1``, ``t2``, ..."""
    graph = gs.Graph(inputs=[gs.Variable("t0", np.float32, [1, 2, 4, 4])], opset=opset)
    for at, (op, constants, attrs) in enumerate(steps):
        values = [
            gs.Constant(f"c{at}.{i}", np.array(one, np.float32)) for i, one in enumerate(constants)
        ]
        source = graph.nodes[-1].outputs[0] if graph.nodes else graph.inputs[0]
        made = gs.Variable(f"t{at + 1}", np.float32)
        graph.nodes.append(gs.Node(op, f"n{at}", attrs, [source, *values], [made]))
    graph.outputs = [graph.nodes[-1].outputs[0]]
    return from_graph(graph)


@pytest.mark.parametrize(
    "model",
    [
        network(("Relu", [], {}), ("Flatten", [], {}), ("Relu", [], {})),
        network(("Clip", [0, 1.5], {}), ("Transpose", [], {"perm": [0, 2, 3, 1]})),
        network(("Clip", [-1, 1], {}), ("Clip", [0], {})),
        network(("Clip", [], {"min": 0.0, "max": 1.5}), opset=10),
    ],
)
def test_what_follows_has_the_counts_of_its_own_values(model):
    names = [node.output[0] for node in model.graph.node]
    picture = np.random.default_rng(0).normal(0, 2, (1, 2, 4, 4)).astype(np.float32)
    found = clips.find(model, ["t0", *names])
    assert list(found) == names
    counts = clips.follow(found, {"t0": Counts.of(picture)})
    values = session(with_outputs(model, names)).run(names, {"t0": picture})
    for name, value in zip(names, values, strict=True):
        limit, bins = counts[name].limit, len(counts[name].bins)
        expected, _ = np.histogram(value, bins, (-limit, limit))
        np.testing.assert_array_equal(counts[name].bins, expected)
        assert counts[name].highest == max(value.max(), 0)


@pytest.mark.parametrize(
    "step",
    [
        ("Sigmoid", [], {}),  # not a clip
        ("Clip", [1, 6], {}),  # its zeros become ones
        ("LeakyRelu", [], {"alpha": 0.1}),
    ],
)
def test_what_does_not_follow_is_left_to_be_counted(step):
    assert not clips.find(network(step), ["t0", "t1"])


def test_nothing_follows_from_what_is_not_asked_for():
    assert not clips.find(network(("Relu", [], {})), ["t1"])
