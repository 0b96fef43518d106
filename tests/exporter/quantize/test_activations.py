from __future__ import annotations

import numpy as np
import pytest

from exporter.onnx_file import from_graph
from exporter.quantize import activations, winograd
from exporter.runs import session, with_outputs
from tests.exporter import toy
from train2edge.errors import WorkError


def test_every_tensor_is_counted_over_all_pictures(model):
    names, pictures = activations.float_tensors(model), toy.pictures(3)
    found = activations.collect(model, names, pictures)
    running = session(with_outputs(model, names[1:]), optimise=True)
    rows = [running.run(list(names[1:]), {names[0]: one[None]}) for one in pictures]
    for at, name in enumerate(names):
        values = [one[at - 1] for one in rows] if at else pictures
        limit, counts = found[name].limit, found[name].counts
        expected, _ = np.histogram(np.abs(values), len(counts), (0, limit))
        assert found[name].total == expected.sum()
        assert found[name].maximum == pytest.approx(np.abs(values).max(), rel=1e-5)
        # fused otherwise, a value is rounded otherwise: on an edge it lies in the bin beside it
        assert np.abs(np.cumsum(counts - expected)).max() <= expected.sum() * 1e-3, name


def test_pictures_may_come_in_any_order(model):
    names, pictures = activations.float_tensors(model), toy.pictures(5)
    found = activations.collect(model, names, pictures)
    turned = activations.collect(model, names, pictures[::-1])
    for name in names:
        np.testing.assert_array_equal(found[name].counts, turned[name].counts)
        assert found[name].maximum == turned[name].maximum


def test_a_wide_convolution_whose_values_are_counted_runs_in_winograds_form():
    wide = toy.Toy()
    x = wide.conv(wide.conv(wide.input, 3, winograd.LEAST, 3), winograd.LEAST, winograd.LEAST, 3)
    wide.graph.outputs = [wide.node("Relu", [x])]
    model = from_graph(wide.graph)
    names = activations.float_tensors(model)[1:]
    graph = activations.counting_graph(model, names)
    assert {one.name for one in graph.graph.output} == set(names)
    assert [node.op_type for node in graph.graph.node].count("ConvTranspose") == 1


def test_a_tensor_that_is_not_finite_is_an_error(model):
    broken = toy.pictures(1)
    broken[0, 0, 0, 0] = np.nan
    with pytest.raises(WorkError, match="holds values that are not finite"):
        activations.collect(model, activations.float_tensors(model), broken)


def test_no_picture_is_an_error(model):
    with pytest.raises(WorkError, match="no calibration picture was run"):
        activations.collect(model, activations.float_tensors(model), [])
