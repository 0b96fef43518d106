"""The tracker of a pipeline: one count for all streams, a file a sub-batch, what was not told."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.deepstream.twin.elements.scenes import Thing, run

pytestmark = pytest.mark.usefixtures("gstreamer")

QUICK = "TargetManagement:\n  probationAge: 0\n"
LIBRARY = "/opt/nvidia/deepstream/deepstream/lib/libnvds_nvmultiobjecttracker.so"


def walker(_stream: int, number: int) -> list[Thing]:
    return [Thing(100 + 2 * number, 50)]


def tracked(folder: Path, text: str, more: str = "", **options: Any) -> tuple[Any, dict[int, Any]]:
    """How the run ended, and the numbers of every stream's object, ``None`` where there is none."""
    (folder / "tracker.yml").write_text(f"%YAML:1.0\n{text}")
    numbers: dict[int, list[int | None]] = defaultdict(list)

    def look(_buffer: Any, batch: Any) -> None:
        for frame in batch.frames:
            ids = [one.object_id for one in frame.objects]
            numbers[frame.pad_index].append(ids[0] if ids else None)

    files = more or f"ll-config-file={folder / 'tracker.yml'}"
    line = f"nvtracker name=after ll-lib-file={LIBRARY} {files} ! fakesink"
    return run(line, options.pop("objects", walker), look, **{"count": 6, **options}), numbers


def test_numbers_are_unique_over_the_streams(tmp_path: Path) -> None:
    ended, numbers = tracked(tmp_path, QUICK, streams=2)
    assert (ended.error, ended.warnings) == (None, [])
    assert numbers == {0: [0] * 6, 1: [1] * 6}


def test_unique_ids_have_a_random_upper_half_for_each_stream(tmp_path: Path) -> None:
    _, numbers = tracked(
        tmp_path, f"{QUICK}TrajectoryManagement:\n  useUniqueID: 1\n", streams=2, count=2
    )
    first, second = numbers[0][0], numbers[1][0]
    assert first >> 32 != second >> 32
    assert [one & 0xFFFFFFFF for one in (first, second)] == [0, 0]


def test_each_sub_batch_has_its_own_file(tmp_path: Path) -> None:
    slow = tmp_path / "slow.yml"
    slow.write_text("TargetManagement:\n  probationAge: 3\n")
    files = f'sub-batches="0;1" ll-config-file="{tmp_path / "tracker.yml"};{slow}"'
    _, numbers = tracked(tmp_path, QUICK, files, streams=2)
    assert numbers[0] == [0] * 6
    assert numbers[1] == [None] * 3 + [1] * 3


@pytest.mark.parametrize(("mode", "last"), [(0, 0), (1, 1)])
def test_a_source_that_begins_anew_gets_new_numbers_if_asked_to(
    tmp_path: Path, mode: int, last: int
) -> None:
    (tmp_path / "tracker.yml").write_text(QUICK)
    numbers: list[int] = []
    elements: list[Any] = []

    def look(_buffer: Any, batch: Any) -> None:
        from deepstream.twin.elements import nvevent

        numbers.append(batch.frames[0].objects[0].object_id)
        if len(numbers) == 2:
            event = nvevent.event(nvevent.RESET, source_id=0)
            elements[0].get_static_pad("sink").send_event(event)

    file = tmp_path / "tracker.yml"
    line = f"nvtracker name=after tracking-id-reset-mode={mode} ll-config-file={file} ! fakesink"
    ended = run(
        line, walker, look, count=4, setup=lambda one: elements.append(one.get_by_name("after"))
    )
    assert ended.error is None
    assert numbers == [0, 0, last, last]


def test_what_was_not_told_comes_as_past_frames(tmp_path: Path) -> None:
    (tmp_path / "tracker.yml").write_text("TargetManagement:\n  probationAge: 3\n")
    told: list[Any] = []

    def look(_buffer: Any, batch: Any) -> None:
        told.extend(
            (batch.frames[0].frame_num, one.content)
            for one in batch.users
            if one.base_meta.meta_type.name == "NVDS_TRACKER_PAST_FRAME_META"
        )

    file = tmp_path / "tracker.yml"
    line = f"nvtracker name=after enable-past-frame=true ll-config-file={file} ! fakesink"
    run(line, walker, look, count=6)
    assert [number for number, _ in told] == [3]
    stream = next(told[0][1].list())
    past = next(stream.list())
    assert (stream.streamID, past.uniqueId, past.objLabel, past.numObj) == (0, 0, "car", 3)
    frames = [(one.frameNum, one.tBbox.left, one.age) for one in past.list()]
    assert frames == [(0, 100, 1), (1, 102, 2), (2, 104, 3)]


def test_what_the_twin_leaves_out_is_said(tmp_path: Path) -> None:
    text = f"{QUICK}  speed: 3\nVisualTracker:\n  visualTrackerType: 1\n"
    ended, _ = tracked(tmp_path, text)
    assert ended.error is None
    assert [one.rsplit(": ", 1)[-1] for one in ended.warnings] == [
        "unknown key",
        "the CPU twin tracks by overlap, without the correlation filters of NvDCF",
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("ll-lib-file=/tmp/libmine.so", "libmine.so"),
        ("ll-config-file=/nowhere.yml", "/nowhere.yml"),
        ("sub-batches=x", "sub-batches='x'"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, more: str, said: str) -> None:
    ended = run(f"nvtracker {more} ! fakesink", walker)
    assert said in str(ended.error)
