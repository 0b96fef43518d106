from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from train2edge.contract import Color, InputContract
from train2edge.errors import InputError
from train2edge.nvinfer import mean_file
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


def mean_picture(folder: Path, pixels: bytes, header: str = "P6 4 2 255") -> Path:
    path = folder / "mean.ppm"
    path.write_bytes(f"{header}\n".encode() + pixels)
    return path


@pytest.mark.parametrize("color", ["RGB", "BGR"])
def test_a_mean_picture_takes_the_place_of_the_offsets(tmp_path: Path, color: Color) -> None:
    """Its first byte belongs to the model's first channel, whatever colour that is."""
    means = np.arange(24, dtype=np.uint8)
    path = mean_picture(tmp_path, means.tobytes())
    contract = InputContract(
        4, 2, color=color, scale=2.0, offsets=(9.0, 9.0, 9.0), mean_file=str(path)
    )
    values = np.arange(100, 124, dtype=np.uint8).reshape(2, 4, 3)
    expected = 2 * (values.astype(np.float32) - means.reshape(2, 4, 3)).transpose(2, 0, 1)
    np.testing.assert_array_equal(normalize(values, contract), expected)
    given = mean_file.read(path, 4, 2)
    without = replace(contract, mean_file="")
    np.testing.assert_array_equal(normalize(values, without, given), expected)


def test_a_grey_network_takes_the_first_bytes_of_the_mean_picture(tmp_path: Path) -> None:
    path = mean_picture(tmp_path, bytes(range(24)))
    contract = InputContract(4, 2, color="GRAY", scale=1.0, offsets=(0.0,), mean_file=str(path))
    tensor = normalize(np.full((2, 4, 1), 100, np.uint8), contract)
    assert (100 - tensor).reshape(-1).tolist() == list(range(8))


@pytest.mark.parametrize(
    ("pixels", "header", "message"),
    [
        (bytes(24), "P6 4 3 255", "is 4x3 pixels, the network's input is 4x2"),
        (bytes(20), "P6 4 2 255", "ends after 20 of 24 bytes"),
        (bytes(24), "P5 4 2 255", "is no PPM picture"),
    ],
)
def test_refuses_another_mean_picture(
    tmp_path: Path, pixels: bytes, header: str, message: str
) -> None:
    path = mean_picture(tmp_path, pixels, header)
    with pytest.raises(InputError, match=message):
        mean_file.read(path, 4, 2)


def test_channels_can_come_last() -> None:
    first = InputContract(8, 4, scale=0.5, offsets=(1.0, 2.0, 3.0))
    last = replace(first, order="NHWC")
    frame = np.random.default_rng(0).integers(0, 256, (30, 50, 3), np.uint8)
    tensor, _ = prepare(frame, last)
    assert (first.shape, last.shape) == ((3, 4, 8), (4, 8, 3))
    assert tensor.shape == last.shape and tensor.flags.c_contiguous
    np.testing.assert_array_equal(tensor, prepare(frame, first)[0].transpose(1, 2, 0))


def test_prepares_an_object_for_a_secondary_network() -> None:
    frame = np.zeros((100, 200, 3), np.uint8)
    frame[20:60, 40:120] = RED
    contract = InputContract(64, 32, scale=1.0, maintain_aspect_ratio=False)
    tensor, geometry = prepare(frame, contract, Rect(39.5, 20, 80.9, 40.3))
    assert (tensor.T == RED).all()
    assert (geometry.src, geometry.parent) == (Rect(40, 20, 80, 40), (39.5, 20))


def test_an_object_that_starts_outside_keeps_its_size() -> None:
    contract = InputContract(32, 32)
    assert plan(200, 100, contract, parent=Rect(-7.5, -3, 40, 30)).src == Rect(0, 0, 40, 30)


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
