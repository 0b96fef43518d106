from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from train2edge.contract import InputContract
from train2edge.errors import InputError
from train2edge.film import Fit, read_frames
from train2edge.nvinfer import geometry

sizes = st.tuples(st.integers(64, 4096), st.integers(64, 2160))
fractions = st.floats(0, 1, width=32)


def test_a_picture_lies_top_left_and_keeps_its_shape() -> None:
    fit = Fit((640, 480), (960, 544))
    assert fit.inner == (725, 544)
    frame = fit.draw(np.full((480, 640, 3), 200, np.uint8))
    assert frame.shape == (544, 960, 3)
    assert (frame[:, :725] == 200).all() and not frame[:, 725:].any()


def test_a_picture_of_the_frames_size_is_left_alone() -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    assert Fit((64, 48), (64, 48)).draw(picture) is picture


@settings(deadline=None)
@given(sizes, sizes, st.booleans(), st.lists(fractions, min_size=4, max_size=4))
def test_through_film_and_network_and_back_is_the_same_place(
    size: tuple[int, int], frame: tuple[int, int], symmetric: bool, places: list[float]
) -> None:
    fit = Fit(size, frame)
    network = geometry.plan(*frame, InputContract(960, 544, symmetric_padding=symmetric))
    in_film = np.array([places]) * [*fit.inner, *fit.inner]
    back = fit.to_picture(network.to_frame(network.to_network(in_film)))
    # float32 holds a place of the network input to 1e-4 pixels; the way back enlarges that.
    enlarged = max(one / inner for one, inner in zip(size, fit.inner, strict=True))
    tolerance = 2e-3 * max(1, enlarged) / min(network.ratio_x, network.ratio_y, 1)
    np.testing.assert_allclose(back, np.array([places]) * [*size, *size], atol=tolerance)


def test_frames_are_counted_from_0(tmp_path: Path) -> None:
    file = tmp_path / "frames.txt"
    file.write_text("0 a b.jpg\n1 c.jpg\n")
    assert read_frames(file) == ["a b.jpg", "c.jpg"]
    file.write_text("1 a.jpg\n")
    with pytest.raises(InputError, match=r"frames\.txt:1: expected '0 NAME'"):
        read_frames(file)
