from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deepstream.motion_jpeg import write_avi
from tests.deepstream.twin.elements.muxing import play

pytestmark = pytest.mark.usefixtures("gstreamer")
LEVELS = (60, 120, 180, 240)


def tiled(folder: Path, sources: int, properties: str) -> NDArray[np.uint8]:
    """The picture of a tiler over sources that are each of one grey level."""
    from deepstream.twin.gst import Gst

    videos = [folder / f"{number}.avi" for number in range(sources)]
    for video, level in zip(videos, LEVELS, strict=False):
        jpeg = cv2.imencode(".jpg", np.full((48, 64, 3), level, np.uint8))[1].tobytes()
        write_avi(video, [jpeg], (64, 48), 10)
    shown: list[NDArray[np.uint8]] = []

    def keep(buffer: Any) -> None:
        with buffer.map(Gst.MapFlags.READ) as data:
            shown.append(np.frombuffer(data.data, np.uint8).reshape(96, 128, 4).copy())

    line = (
        f"nvstreammux name=mux batch-size={sources} width=64 height=48 !"
        f" nvmultistreamtiler width=128 height=96 {properties} ! fakesink name=end"
    )
    play(line, videos, keep)
    (picture,) = shown
    return picture


def corners(picture: NDArray[np.uint8]) -> list[int]:
    return [int(picture[y, x, 0]) for y, x in ((5, 5), (5, 122), (90, 5), (90, 122))]


def near(levels: list[int], wanted: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 4 for a, b in zip(levels, wanted, strict=True))


def test_tiles_stand_row_by_row_and_the_rest_is_black(tmp_path: Path) -> None:
    assert near(corners(tiled(tmp_path, 3, "rows=2 columns=2")), (*LEVELS[:3], 0))


def test_one_source_may_have_the_whole_picture(tmp_path: Path) -> None:
    shown = tiled(tmp_path, 3, "rows=2 columns=2 show-source=1")
    assert near(corners(shown), (LEVELS[1],) * 4)


def test_a_square_grid_is_as_large_as_there_are_sources(tmp_path: Path) -> None:
    assert near(corners(tiled(tmp_path, 4, "rows=1 columns=4 square-seq-grid=true")), LEVELS)
