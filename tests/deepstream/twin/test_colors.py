"""Caps behind the mux may ask for NV12, as NVIDIA's programs do: what is seen stays the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.deepstream.twin import toy
from tests.deepstream.twin.elements.muxing import play

pytestmark = pytest.mark.usefixtures("gstreamer")
NV12, RGBA = (f"video/x-raw(memory:NVMM),format={name}" for name in ("NV12", "RGBA"))


@pytest.fixture
def video(tmp_path: Path) -> Path:
    toy.write_app(tmp_path, [])
    return toy.write_video(tmp_path / "a.avi", toy.moving(3))


def pictures(line: str, videos: list[Path]) -> list[NDArray[np.uint8]]:
    """What comes to the ``end`` of the line, RGBA."""
    from deepstream.twin.metadata import find
    from deepstream.twin.metadata.pixels import pixels_at

    seen: list[NDArray[np.uint8]] = []

    def keep(buffer: Any) -> None:
        batch = find(buffer)
        assert batch is not None
        frame = batch.frames[0]
        seen.append(pixels_at(hash(buffer), 0, frame.width, frame.height).copy())

    play(line, videos, keep)
    return seen


@pytest.mark.parametrize("size", [(322, 242), (1280, 720)])
def test_tiles_of_nv12_look_like_those_of_rgba(video: Path, size: tuple[int, int]) -> None:
    """322 is no multiple of 4, to which GStreamer brings rows; from 720 rows on it is BT.709."""
    shape = f"width={size[0]} height={size[1]}"
    line = (
        f"nvstreammux name=mux batch-size=2 {shape} ! {{}} ! queue"
        " ! nvmultistreamtiler rows=1 columns=2 width=640 height=240 ! fakesink name=end"
    )
    yuv, rgb = (pictures(line.format(one), [video] * 2) for one in (NV12, RGBA))
    assert len(yuv) == len(rgb) == 3
    differences = np.abs(np.array(yuv, int) - np.array(rgb, int))
    assert differences.mean() < 2 and np.percentile(differences, 99) < 12


def test_a_network_finds_in_nv12_what_it_finds_in_rgba(tmp_path: Path, video: Path) -> None:
    from deepstream.twin.metadata import find

    at_once = "%YAML:1.0\nTargetManagement:\n  probationAge: 0\n"
    (tmp_path / "tracker.yml").write_text(at_once)
    line = (
        f"nvstreammux name=mux batch-size=1 width=320 height=240 ! {NV12} !"
        f" nvinfer config-file-path={tmp_path}/infer.txt ! {NV12} !"
        f" nvtracker ll-config-file={tmp_path}/tracker.yml ! nvvideoconvert !"
        f" {RGBA} ! nvdsosd ! fakesink name=end"
    )
    found = []

    def keep(buffer: Any) -> None:
        box = find(buffer).frames[0].objects[0].rect_params  # type: ignore[union-attr]
        found.append((round(box.left), round(box.top), round(box.width), round(box.height)))

    play(line, [video], keep)
    assert found == [(16 * number, 96, 48, 48) for number in range(3)]


def test_a_converter_before_the_network_may_make_nv12(tmp_path: Path, video: Path) -> None:
    line = (
        f"nvstreammux name=mux batch-size=1 width=320 height=240 ! nvvideoconvert ! {NV12} !"
        f" nvinfer config-file-path={tmp_path}/infer.txt ! nvvideoconvert ! {RGBA} ! nvdsosd !"
        " fakesink name=end"
    )
    drawn = pictures(line, [video])
    assert len(drawn) == 3 and (drawn[0][96, 10] != drawn[0][60, 10]).any()
