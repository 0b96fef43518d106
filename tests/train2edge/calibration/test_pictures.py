from __future__ import annotations

import numpy as np
import pytest

from train2edge.calibration import pictures as calibration
from train2edge.contract import InputContract
from train2edge.datasets.picture import read_picture
from train2edge.datasets.sample import Sample
from train2edge.errors import InputError
from train2edge.spec.export import Calibration


@pytest.fixture(scope="module")
def samples(shared):
    images = sorted((shared / "data/vehicles/train/images").glob("*.jpg"))[:12]
    empty = np.zeros((0, 4), np.float32)
    ids = np.zeros(0, np.int32)
    return tuple(Sample(one, 416, 416, empty, ids, ids.astype(bool)) for one in images)


def test_the_seed_chooses_and_nothing_is_chosen_twice(samples):
    settings = Calibration(pictures=6)
    chosen = calibration.choose(samples, settings)
    assert chosen == calibration.choose(samples, settings)
    assert len({one.image for one in chosen}) == 6
    assert chosen != calibration.choose(samples, Calibration(pictures=6, seed=12))


def test_too_few_pictures_are_the_users_to_mend(samples):
    with pytest.raises(InputError, match=r"13 calibration pictures .* has 12") as caught:
        calibration.choose(samples, Calibration(pictures=13))
    assert "--set export.calibration.pictures=12" in str(caught.value)


def test_a_tensor_is_the_picture_as_nvinfer_prepares_it(samples):
    frame = InputContract(416, 416, scale=0.5, offsets=(10, 20, 30))
    tensor = next(iter(calibration.tensors(samples[:1], frame)))
    picture = read_picture(samples[0].image)
    assert picture.shape == (416, 416, 3)
    expected = 0.5 * (picture.astype(np.float32) - [10, 20, 30])
    np.testing.assert_allclose(tensor, expected.transpose(2, 0, 1), atol=1e-4)
