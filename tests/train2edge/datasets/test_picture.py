import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.train2edge.datasets import toys
from train2edge.datasets.picture import defect, picture_size, read_picture
from train2edge.errors import InputError


def with_orientation(jpeg: bytes, orientation: int, order: str = ">") -> bytes:
    mark = b"MM\0*" if order == ">" else b"II*\0"
    tag = struct.pack(order + "IHHHIHH", 8, 1, 0x0112, 3, 1, orientation, 0)
    block = b"Exif\0\0" + mark + tag + b"\0\0\0\0"
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_what_opencv_and_viewers_show(
    tmp_path: Path, orientation: int, order: str
) -> None:
    jpeg = toys.picture(tmp_path / "a.jpg").read_bytes()
    data = with_orientation(jpeg, orientation, order)
    path = tmp_path / "b.jpg"
    path.write_bytes(data)
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
    got = read_picture(path)
    assert np.array_equal(got, shown)
    assert picture_size(path) == (got.shape[1], got.shape[0])


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp"])
def test_reads_rgb_and_knows_its_size_without_decoding(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"red{suffix}"
    cv2.imwrite(str(path), np.full((10, 30, 3), (0, 0, 200), np.uint8))
    got = read_picture(path)
    assert got.dtype == np.uint8 and got.shape == (10, 30, 3)
    assert np.abs(got.mean(axis=(0, 1)) - (200, 0, 0)).max() < 3
    assert picture_size(path) == (30, 10)
    assert defect(path) is None


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp"])
@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.95])
def test_half_a_picture_is_refused_by_name(tmp_path: Path, suffix: str, part: float) -> None:
    whole = toys.picture(tmp_path / f"whole{suffix}").read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(InputError, match=f"cut{suffix}.*(truncated|empty|no)"):
        read_picture(path)
    assert defect(path)


def test_a_thumbnail_inside_does_not_hide_a_cut(tmp_path: Path) -> None:
    jpeg = toys.picture(tmp_path / "a.jpg", size=(640, 480)).read_bytes()
    block = b"\xff\xe2" + struct.pack(">H", 2 + 4) + b"\xff\xd9\xff\xd9"
    path = tmp_path / "cut.jpg"
    path.write_bytes((jpeg[:2] + block + jpeg[2:])[: len(jpeg) // 2])
    assert "truncated" in (defect(path) or "")


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    path = toys.text(tmp_path / "a.jpg", "hello")
    with pytest.raises(InputError, match="not a JPEG, PNG or BMP"):
        picture_size(path)
    with pytest.raises(InputError, match=r"gone\.jpg: cannot be read"):
        read_picture(tmp_path / "gone.jpg")


def test_a_header_that_claims_too_much_is_refused(tmp_path: Path) -> None:
    data = bytearray(toys.picture(tmp_path / "a.png").read_bytes())
    data[16:24] = struct.pack(">II", 100_000, 100_000)
    path = tmp_path / "bomb.png"
    path.write_bytes(data)
    with pytest.raises(InputError, match="100000x100000"):
        read_picture(path)


def test_what_follows_a_whole_picture_does_no_harm(tmp_path: Path) -> None:
    path = toys.picture(tmp_path / "a.jpg")
    path.write_bytes(path.read_bytes() + b"camera maker's notes" * 1000)
    assert defect(path) is None
