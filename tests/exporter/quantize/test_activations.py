from __future__ import annotations

import numpy as np
import pytest

from exporter.quantize import activations
from exporter.runs import session, with_outputs
from tests.exporter import toy
from train2edge.calibration.histogram import Histogram
from train2edge.errors import WorkError


def test_every_tensor_is_counted_over_all_pictures(model):
    names, pictures = activations.float_tensors(model), toy.pictures(3)
    found = activations.collect(model, names, pictures)
    running = session(with_outputs(model, names[1:]), optimise=True)
    expected = {name: Histogram() for name in names}
    for picture in pictures:
        values = running.run(list(names[1:]), {names[0]: picture[None]})
        for name, value in zip(names, [picture, *values], strict=True):
            expected[name].add(value)
    for name in names:
        np.testing.assert_array_equal(found[name].counts, expected[name].counts)
        assert found[name].limit == expected[name].limit


def test_a_tensor_that_is_not_finite_is_an_error(model):
    broken = toy.pictures(1)
    broken[0, 0, 0, 0] = np.nan
    with pytest.raises(WorkError, match="holds values that are not finite"):
        activations.collect(model, activations.float_tensors(model), broken)


def test_no_picture_is_an_error(model):
    with pytest.raises(WorkError, match="no calibration picture was run"):
        activations.collect(model, activations.float_tensors(model), [])
