"""Regions, crowds, lines and directions reach the metadata under NVIDIA's names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.deepstream.twin.elements.scenes import Thing, run
from train2edge.detections import UNTRACKED

pytestmark = pytest.mark.usefixtures("gstreamer")

CONFIG = """[property]
enable=1
config-width=800
config-height=800
osd-mode={osd}
[roi-filtering-stream-0]
enable=1
roi-RF=200;200;600;200;600;600;200;600
[overcrowding-stream-1]
enable=1
roi-OC=200;200;600;200;600;600;200;600
object-threshold=2
[line-crossing-stream-0]
enable=1
line-crossing-In=400;100;400;700;200;400;600;400
[direction-detection-stream-0]
enable=1
direction-South=400;100;400;700
"""
LINE = "nvdsanalytics name=after config-file={config} ! fakesink"


def config(folder: Path, osd: int = 2) -> Path:
    path = folder / "analytics.txt"
    path.write_text(CONFIG.format(osd=osd))
    return path


def walker(stream: int, number: int) -> list[Thing]:
    """Stream 0: one object whose foot goes from 92 to 324 pixels. Stream 1: two that stand."""
    if stream == 0:
        return [Thing(190, 52 + 8 * number)]
    return [Thing(150, 150, number=1), Thing(250, 150, number=2)]


def of(users: Any, kind: str) -> Any:
    found = [one for one in users if one.base_meta.meta_type.name == kind]
    return found[0].content if found else None


def test_findings_are_nvidias_metadata(tmp_path: Path) -> None:
    frames: dict[int, list[Any]] = {0: [], 1: []}
    objects: list[Any] = []

    def look(_buffer: Any, batch: Any) -> None:
        for frame in batch.frames:
            frames[frame.pad_index].append(of(frame.users, "NVDS_FRAME_META_NVDSANALYTICS"))
            if frame.pad_index == 0:
                one = frame.objects[0]
                objects.append((of(one.users, "NVDS_OBJ_META_NVDSANALYTICS"), one))

    ended = run(LINE.format(config=config(tmp_path)), walker, look, streams=2)
    assert ended.error is None
    first, second = frames[0], frames[1]
    assert [one.objInROIcnt["RF"] for one in first[:3]] == [0, 1, 1]
    assert first[-1].objLCCumCnt == {"In": 1}
    assert sum(one.objLCCurrCnt["In"] for one in first) == 1
    assert (first[-1].unique_id, first[-1].objCnt) == (17, {0: 1})
    assert second[0].ocStatus == {"OC": True}
    assert second[0].objInROIcnt == {"OC": 2}
    assert objects[0][0] is None  # nothing to tell of it
    crossing = [one for one, _ in objects if one is not None and one.lcStatus]
    assert [one.lcStatus for one in crossing] == [["In"]]
    info, one = objects[-1]
    assert (info.dirStatus, info.roiStatus) == (" DIR:South ", [])
    assert info.objStatus == " DIR:South "
    assert one.text_params.display_text  # a C string, whose address is read


def test_labels_and_borders_tell_of_the_findings(tmp_path: Path) -> None:
    from deepstream.twin.metadata.memory import string_at

    seen: list[tuple[str, tuple[float, ...]]] = []

    def look(_buffer: Any, batch: Any) -> None:
        one = batch.frames[0].objects[0]
        seen.append((string_at(one.text_params.display_text), one.rect_params.border_color.values))

    run(LINE.format(config=config(tmp_path)), walker, look, count=2)
    assert seen == [("car", (1.0, 0.0, 0.0, 1.0)), ("car  ROI:RF", (0.0, 1.0, 1.0, 1.0))]


@pytest.mark.parametrize(("osd", "lines"), [(0, 0), (1, 11), (2, 11)])
def test_what_is_drawn_depends_on_the_mode(tmp_path: Path, osd: int, lines: int) -> None:
    drawn: list[int] = []

    def look(_buffer: Any, batch: Any) -> None:
        drawn.append(sum(one.num_lines for one in batch.frames[0].displays))

    run(LINE.format(config=config(tmp_path, osd)), walker, look, count=1)
    assert drawn == [lines]


def test_drawings_go_with_their_tile_onto_the_picture(tmp_path: Path) -> None:
    line = LINE.format(config=config(tmp_path, 1)).removesuffix("! fakesink")
    line += (
        "! nvmultistreamtiler rows=1 columns=2 width=400 height=200 ! nvdsosd name=osd ! fakesink"
    )
    pictures: list[Any] = []

    def look(buffer: Any, _batch: Any) -> None:
        from deepstream.twin.gst import Gst

        with buffer.map(Gst.MapFlags.READ) as info:
            pictures.append(np.frombuffer(info.data, np.uint8).reshape(200, 400, 4).copy())

    ended = run(line, lambda *_: [], look, count=1, streams=2, at="osd")
    assert ended.error is None
    yellow, orange = (255, 255, 0), (255, 128, 0)
    shown = pictures[0][..., :3]
    # The region's lower right corner, 600;600 of 800, is at 150;150 of a tile of 200 pixels.
    assert tuple(shown[150, 120]) == yellow
    assert np.abs(shown[150, 200 + 120].astype(int) - orange).max() <= 1
    assert not (shown[150, 200 + 120] == yellow).all()


def test_disabled_it_lets_everything_pass(tmp_path: Path) -> None:
    found: list[Any] = []
    line = LINE.format(config=config(tmp_path)).replace("name=after", "name=after enable=false")
    run(line, walker, lambda _buffer, batch: found.extend(batch.frames[0].users), count=2)
    assert found == []


def test_another_configuration_is_taken_while_it_runs(tmp_path: Path) -> None:
    first, second = config(tmp_path), tmp_path / "second.txt"
    second.write_text(first.read_text().replace("roi-RF=", "roi-GATE="))
    labels: list[list[str]] = []
    elements: list[Any] = []

    def look(_buffer: Any, batch: Any) -> None:
        found = of(batch.frames[0].users, "NVDS_FRAME_META_NVDSANALYTICS")
        labels.append(list(found.objInROIcnt))
        elements[0].set_property("config-file", str(second))

    run(
        LINE.format(config=first),
        walker,
        look,
        count=2,
        setup=lambda one: elements.append(one.get_by_name("after")),
    )
    assert labels == [["RF"], ["GATE"]]


def test_a_wrong_configuration_ends_on_the_bus_with_its_lines(tmp_path: Path) -> None:
    path = config(tmp_path)
    path.write_text(path.read_text().replace("roi-RF=200;", "roi-RF=x;"))
    ended = run(LINE.format(config=path), walker)
    assert ended.error is not None
    assert f"{path}:8: roi-RF: 'x' is not a whole number" in ended.error
    ended = run("nvdsanalytics ! fakesink", walker)
    assert "needs config-file" in str(ended.error)


def test_without_a_tracker_it_says_so(tmp_path: Path) -> None:
    ended = run(
        LINE.format(config=config(tmp_path)),
        lambda _stream, number: [Thing(190, 60 + 8 * number, number=UNTRACKED)],
    )
    assert ended.error is None
    assert any("nvtracker" in one for one in ended.warnings)
