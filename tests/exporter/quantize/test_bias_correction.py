from __future__ import annotations

import numpy as np
import onnx
import onnx_graphsurgeon as gs
import pytest

from exporter.onnx_file import from_graph
from exporter.quantize import bias_correction, qdq
from exporter.runs import session, with_outputs
from tests.exporter import toy

LEVELS = 3  # coarse enough that rounding moves every mean


@pytest.fixture(scope="module", params=["Conv", "ConvTranspose"])
def single(request: pytest.FixtureRequest) -> onnx.ModelProto:
    """One layer without a bias: what its quantisation does is not blurred by others."""
    built = toy.Toy()
    if request.param == "Conv":
        out = built.conv(built.input, 3, 8, 3, bias=False)
    else:
        weight = built.constant(built.rng.normal(0, 0.4, (3, 8, 3, 3)))
        out = built.node(request.param, [built.input, weight], pads=[1] * 4)
    out.shape = [1, 8, toy.SIDE, toy.SIDE]
    built.graph.outputs = [out]
    return from_graph(built.graph)


def channel_means(model, pictures):
    running = session(model)
    rows = [running.run(None, {running.get_inputs()[0].name: one[None]})[0] for one in pictures]
    return np.mean([row.mean(axis=(0, 2, 3), dtype=np.float64) for row in rows], axis=0)


def test_every_channel_gets_its_mean_back(single):
    pictures = toy.pictures(4)
    thresholds = {"pictures": 0.6}
    coarse, _ = qdq.quantize(single, thresholds, weight_levels=LEVELS)
    shift = bias_correction.shifts(single, thresholds, pictures, weight_levels=LEVELS)
    better = bias_correction.corrected(coarse, shift)
    wanted = channel_means(single, pictures)
    assert np.abs(channel_means(coarse, pictures) - wanted).max() > 1e-3
    np.testing.assert_allclose(channel_means(better, pictures), wanted, atol=1e-6)


def test_a_bias_that_was_there_is_added_to(model):
    names = [one.name for one in model.graph.node if one.op_type == "Conv"]
    shift = {names[0]: np.full(8, 0.25)}
    moved = gs.import_onnx(bias_correction.corrected(model, shift))
    before = {one.name: one for one in gs.import_onnx(model).nodes}
    for conv in (one for one in moved.nodes if one.op == "Conv"):
        change = conv.inputs[2].values - before[conv.name].inputs[2].values
        np.testing.assert_allclose(change, 0.25 if conv.name == names[0] else 0, atol=1e-6)


def test_what_stays_float_is_not_compared(model):
    tensors = {name: 1.0 for node in model.graph.node for name in node.output} | {"input_1": 1.0}
    shift = bias_correction.shifts(model, tensors, toy.pictures(1))
    assert set(shift) == {one.name for one in model.graph.node if one.op_type == "Conv"}
    outputs = with_outputs(model, []).graph.output
    assert len(outputs) == 2  # the model itself is untouched
