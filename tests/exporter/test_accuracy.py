"""What the gate goes by: the score as pictures are, the loss over several looks at them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from exporter import accuracy
from tests.train2edge.evaluation.toys import squares, write_onnx
from train2edge.metrics.resampling import Difference
from train2edge.spec.evaluation import Evaluation


def measured(folder: Path, looks: int) -> accuracy.Accuracy:
    return accuracy.measure(write_onnx(folder / "m.onnx"), squares(folder), Evaluation(), looks)


@pytest.mark.parametrize(("asked", "looks"), [(1, 1), (3, 1), (4, 2), (9, 3), (200, 4)])
def test_few_pictures_are_looked_at_more_often(tmp_path: Path, asked: int, looks: int) -> None:
    found = measured(tmp_path, asked)
    assert found.looks is not None
    assert (found.pictures, found.looks.count) == (3, looks)
    assert found.as_record()["looks"] == {"count": looks, "mean": found.looks.mean}


def test_the_score_is_that_of_the_pictures_as_they_are(tmp_path: Path) -> None:
    """Squares that fill a cell are found exactly; those a few pixels aside are not."""
    found = measured(tmp_path, 200)
    assert found.mean == pytest.approx(1)
    assert found.looks is not None
    assert found.looks.mean < 0.999
    assert found.loss(found) == Difference(0, 0)


def test_a_loss_is_measured_over_all_looks() -> None:
    draws = np.linspace(0.5, 0.7, 200)
    one, other = (
        accuracy.Accuracy(0.9, 0.5, {}, 4, looks=accuracy.Looks(3, mean, draws + mean))
        for mean in (0.8, 0.79)
    )
    loss = one.loss(other)
    assert loss.points == pytest.approx(1)
    assert loss.error == pytest.approx(0)
