"""Regions become tensors, and nvinfer finds in them what it finds nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.deepstream.preprocess.toy import write
from tests.deepstream.twin.elements.scenes import Thing, run
from tests.deepstream.twin.toy import COLORS, SIDE, write_app

pytestmark = pytest.mark.usefixtures("gstreamer")

LEFT, TOP = 40 + 48, 30 + 32  # of a red square: on the network's grid within the region below
SQUARES = ((0, LEFT, TOP), (1, 100, 320))


def paint(stream: int, _number: int) -> list[Thing]:
    return []


def painting(pipeline: Any) -> None:
    """A red square into the first stream's region, another below the second's."""
    from deepstream.twin.gst import Gst
    from deepstream.twin.metadata import find
    from deepstream.twin.metadata.pixels import pixels_at

    def draw(_pad: Any, info: Any) -> Any:
        buffer = info.get_buffer()
        for frame in find(buffer).frames:  # type: ignore[union-attr]
            pixels = pixels_at(hash(buffer), frame.batch_id, frame.width, frame.height)
            pixels[:] = (90, 90, 90, 255)
            for stream, left, top in SQUARES:
                if stream == frame.pad_index:
                    pixels[top : top + SIDE, left : left + SIDE, :3] = COLORS["red"]
        return Gst.PadProbeReturn.OK

    pad = pipeline.get_by_name("before").get_static_pad("src")
    pad.add_probe(Gst.PadProbeType.BUFFER, draw)


def boxes(batch: Any) -> list[tuple[int, list[int]]]:
    return [
        (frame.pad_index, [round(value) for value in one.rect_params.corners])
        for frame in batch.frames
        for one in frame.objects
    ]


def config(folder: Path) -> Path:
    """Of both streams the part of 320x240 at 40, 30, which the network takes as it is."""
    region = "40;30;320;240"
    return write(folder, roi_params_src_0=region, roi_params_src_1=region)


def test_nvinfer_looks_at_the_regions_alone_and_maps_boxes_back(tmp_path: Path) -> None:
    write_app(tmp_path, [])
    found: list[tuple[int, list[int]]] = []
    line = (
        f"nvdspreprocess config-file={config(tmp_path)} ! "
        f"nvinfer name=after config-file-path={tmp_path / 'infer.txt'} input-tensor-meta=true "
        "unique-id=1 ! fakesink"
    )
    ended = run(
        line,
        paint,
        lambda _buffer, batch: found.extend(boxes(batch)),
        count=1,
        streams=2,
        mark=False,
        setup=painting,
    )
    assert ended.error is None
    assert found == [(0, [LEFT, TOP, LEFT + SIDE, TOP + SIDE])]


def test_the_batch_carries_nvidias_metadata(tmp_path: Path) -> None:
    metas: list[Any] = []
    outlines: list[tuple[float, ...]] = []

    def look(_buffer: Any, batch: Any) -> None:
        metas.extend(one.content for one in batch.users)
        outlines.extend(one.rect_params[0].corners for one in batch.frames[0].displays)

    line = f"nvdspreprocess name=after config-file={config(tmp_path)} ! fakesink"
    run(line, paint, look, count=1, streams=2, setup=painting)
    assert len(metas) == 1
    meta = metas[0]
    assert meta.target_unique_ids == [1, 3]
    assert meta.tensor_meta.tensor_shape == [2, 3, 240, 320]
    assert meta.tensor_meta.tensor_name == "input_1"
    red = meta.tensor_meta.tensor[0, :, TOP - 30, LEFT - 40]
    assert np.allclose(red, np.array(COLORS["red"]) / 255, atol=1e-6)
    assert [one.frame_meta.pad_index for one in meta.roi_vector] == [0, 1]
    assert outlines == [(40, 30, 360, 270)]


def test_objects_become_rows_that_know_their_object(tmp_path: Path) -> None:
    path = write(tmp_path, process_on_frame="0", process_on_roi="0\nprocess-on-all-objects=1")
    path.write_text(path.read_text().split("[group-1]")[0])
    regions: list[Any] = []
    objects: list[Any] = []

    def look(_buffer: Any, batch: Any) -> None:
        objects.extend(batch.frames[0].objects)
        for one in batch.users:
            regions.extend(one.content.roi_vector)

    things = [Thing(10, 20, 30, 40), Thing(100, 120, 50, 60)]
    line = f"nvdspreprocess name=after config-file={path} ! fakesink"
    ended = run(line, lambda *_: things, look, count=1)
    assert ended.error is None
    assert [one.object_meta for one in regions] == objects
    assert [one.roi.corners for one in regions] == [(10, 20, 40, 60), (100, 120, 150, 180)]


def test_more_regions_than_rows_make_more_tensors(tmp_path: Path) -> None:
    path = write(tmp_path, roi_params_src_0=";".join(["0;0;100;100"] * 5), src_ids="0")
    shapes: list[int] = []

    def look(_buffer: Any, batch: Any) -> None:
        shapes.extend(one.content.tensor_meta.tensor_shape[0] for one in batch.users)

    run(f"nvdspreprocess name=after config-file={path} ! fakesink", paint, look, count=1)
    assert shapes == [4, 1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tensor_name": "data"}, "tensor 'data', the network takes 'input_1'"),
        (
            {
                "network_input_shape": "4;3;64;64",
                "processing_width": "64",
                "processing_height": "64",
            },
            "makes tensors of 3x64x64, the network takes 3x240x320",
        ),
    ],
)
def test_a_tensor_that_does_not_fit_is_refused(
    tmp_path: Path, changes: dict[str, str | None], said: str
) -> None:
    write_app(tmp_path, [])
    line = (
        f"nvdspreprocess config-file={write(tmp_path, **changes)} ! "
        f"nvinfer config-file-path={tmp_path / 'infer.txt'} input-tensor-meta=true unique-id=1 ! "
        "fakesink"
    )
    assert said in str(run(line, paint, count=1, mark=False).error)
