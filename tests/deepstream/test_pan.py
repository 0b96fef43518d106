from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deepstream.pan import Row, pan_video
from deepstream.pictures import frames_file
from tests.deepstream.test_pictures import frames
from train2edge.cli import run
from train2edge.errors import InputError, ProblemsError

SIZE = (128, 64)


def photo(path: Path, width: int, height: int, at: int) -> Path:
    """Grey, with a white bar of 16 pixels' width that begins at ``at``."""
    image: NDArray[np.uint8] = np.full((height, width, 3), 90, np.uint8)
    image[:, at : at + 16] = 255
    assert cv2.imwrite(str(path), image)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Both 128 wide at a height of 64: the bars are at 96 and at 128 + 32 of the row."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return [photo(folder / "a.jpg", 128, 64, 96), photo(folder / "b.png", 256, 128, 64)]


def bars(video: Path) -> list[list[int]]:
    """Where bars begin in each frame, pixels; those that enter the frame are not whole."""
    found = []
    for frame in frames(video):
        bright = np.append(0, (frame[32, :, 0] > 200).astype(int))
        found.append([int(one) for one in np.flatnonzero(np.diff(bright) > 0)])
    return found


def test_things_move_against_the_camera(photos: list[Path], tmp_path: Path) -> None:
    report = pan_video(photos, tmp_path / "a.avi", step=32, size=SIZE)
    assert (report.count, report.pictures, report.width, report.height) == (5, 2, 128, 64)
    assert bars(report.video) == [[96], [64], [32, 96], [0, 64], [32]]
    back = pan_video(photos, tmp_path / "b.avi", step=-32, size=SIZE)
    assert bars(back.video) == bars(report.video)[::-1]
    assert not frames_file(report.video).exists()  # a frame is not a picture


def test_only_what_is_in_sight_is_read() -> None:
    row = Row.of([(100, 100), (200, 50), (50, 100)], 100)
    assert row.ends == (100, 500, 550)
    assert [list(row.seen(left, 100)) for left in (0, 99, 100, 450)] == [[0], [0, 1], [1], [1, 2]]


@pytest.mark.parametrize(
    ("step", "size", "said"), [(0, SIZE, "stands still"), (1, (256, 64), "256 pixels wide")]
)
def test_a_camera_that_cannot_move_is_told(
    photos: list[Path], tmp_path: Path, step: int, size: tuple[int, int], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        pan_video(photos, tmp_path / "a.avi", step=step, size=size)
    assert not (tmp_path / "a.avi").exists()


def test_every_broken_picture_is_told(photos: list[Path], tmp_path: Path) -> None:
    photos[1].write_bytes(photos[1].read_bytes()[:200])
    with pytest.raises(ProblemsError, match="not a whole picture"):
        pan_video(photos, tmp_path / "a.avi", step=8, size=SIZE)


def test_the_command(
    photos: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["stream", "pictures", str(photos[0].parent), "-o", str(tmp_path / "a.avi")]
    assert run([*command, "--pan", "-32", "--size", "128x64"]) == 0
    assert capsys.readouterr().out.startswith("5 frames of 128x64, along 2 pictures\n")
    assert run([*command, "--pan", "8", "--fit", "128x64"]) == 2
    assert "--pan takes --size" in capsys.readouterr().err
