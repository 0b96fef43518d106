from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from train2edge.contract import InputContract
from train2edge.nvinfer.geometry import Rect, plan
from train2edge.nvinfer.preprocess import normalize, prepare, resize

RED = (200, 30, 10)


def picture(width: int, height: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), RED, np.uint8)


def test_pads_black_at_the_right_and_below() -> None:
    tensor, geometry = prepare(picture(640, 480), InputContract(960, 544, scale=1.0))
    assert tensor.shape == (3, 544, 960) and tensor.dtype == np.float32
    assert geometry.dst == Rect(0, 0, 725, 544)
    assert (tensor[:, :, :725].T == RED).all()
    assert not tensor[:, :, 725:].any()


def test_pads_on_both_sides_when_symmetric() -> None:
    contract = InputContract(960, 544, scale=1.0, symmetric_padding=True)
    tensor, _ = prepare(picture(640, 480), contract)
    assert not tensor[:, :, :117].any() and not tensor[:, :, 117 + 725 :].any()
    assert (tensor[:, :, 117 : 117 + 725].T == RED).all()


def test_padding_goes_through_scale_and_offsets_too() -> None:
    contract = InputContract(64, 32, scale=0.5, offsets=(10.0, 20.0, 30.0))
    tensor, _ = prepare(picture(32, 32), contract)
    assert tensor[:, 0, 63].tolist() == [-5.0, -10.0, -15.0]


def test_offsets_are_in_the_models_channel_order() -> None:
    contract = InputContract(32, 32, color="BGR", scale=1.0, offsets=(1.0, 2.0, 3.0))
    tensor, _ = prepare(picture(32, 32), contract)
    assert tensor[:, 0, 0].tolist() == [10 - 1, 30 - 2, 200 - 3]


def test_grey_has_one_channel() -> None:
    contract = InputContract(32, 16, color="GRAY", scale=1.0, offsets=(0.0,))
    tensor, _ = prepare(picture(64, 64), contract)
    assert tensor.shape == (1, 16, 32)
    assert tensor[0, 0, 0] == round(0.299 * 200 + 0.587 * 30 + 0.114 * 10)


def test_normalizes_every_byte_value_in_float32() -> None:
    scale, offset = 0.0173520735728, 123.675
    contract = InputContract(256, 1, color="GRAY", scale=scale, offsets=(offset,))
    values = np.arange(256, dtype=np.uint8).reshape(1, 256, 1)
    expected = np.float32(scale) * (values[None, ..., 0].astype(np.float32) - np.float32(offset))
    np.testing.assert_array_equal(normalize(values, contract), expected)


def test_a_mean_picture_takes_the_place_of_the_offsets() -> None:
    contract = InputContract(4, 2, scale=2.0, offsets=(9.0, 9.0, 9.0))
    mean = np.arange(24, dtype=np.float32).reshape(3, 2, 4)
    values = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    expected = 2 * (values.transpose(2, 0, 1).astype(np.float32) - mean)
    np.testing.assert_array_equal(normalize(values, contract, mean), expected)


@pytest.mark.parametrize("name", ["bilinear", "nearest"])
def test_scales_a_region_of_the_frame(name: str) -> None:
    frame = np.zeros((100, 200, 3), np.uint8)
    frame[20:60, 40:120] = RED
    contract = InputContract(160, 80, filter=name)  # type: ignore[arg-type]
    geometry = plan(200, 100, contract, Rect(40, 20, 80, 40))
    assert (resize(frame, geometry, contract) == RED).all()


def test_a_crop_rounded_over_the_frames_edge_repeats_its_last_column() -> None:
    frame = picture(23, 20)
    contract = InputContract(20, 20, maintain_aspect_ratio=False)
    geometry = plan(23, 20, contract, Rect(13, 0, 10, 20))
    assert geometry.src == Rect(14, 0, 10, 20)  # 14 + 10 > 23
    assert (resize(frame, geometry, contract) == RED).all()
