"""The new mux keeps sizes and makes batches as its file says."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from deepstream.motion_jpeg import write_avi
from tests.deepstream.twin.elements.muxing import muxed, play

pytestmark = pytest.mark.usefixtures("gstreamer")
MUX = "t2enewmux"


@pytest.fixture(autouse=True)
def new_mux(gstreamer: None) -> None:
    """The new one under a name of its own: the process's choice may be the old one."""
    from deepstream.twin.elements.nvstreammux import NewStreamMux
    from deepstream.twin.gst import GObject, Gst

    if Gst.ElementFactory.find(MUX) is None:
        GObject.type_register(NewStreamMux)
        Gst.Element.register(None, MUX, Gst.Rank.NONE, NewStreamMux)


def video(path: Path, count: int, size: tuple[int, int] = (64, 48), fps: int = 10) -> Path:
    picture = np.full((size[1], size[0], 3), 90, np.uint8)
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    write_avi(path, [jpeg] * count, size, fps)
    return path


def settings(folder: Path, text: str) -> str:
    path = folder / "mux.txt"
    path.write_text(f"[property]\n{text}")
    return str(path)


def numbers(batches: list[list[tuple[int, int, int, int]]]) -> list[list[tuple[int, int]]]:
    return [[(pad, number) for pad, number, _, _ in batch] for batch in batches]


def test_frames_keep_the_size_of_their_source(tmp_path: Path) -> None:
    videos = [video(tmp_path / "a.avi", 2), video(tmp_path / "b.avi", 2, (96, 80))]
    batches = muxed(MUX, videos)
    assert [[one[2:] for one in batch] for batch in batches] == [[(64, 48), (96, 80)]] * 2


def test_a_batch_has_a_frame_of_each_source_that_goes_on(tmp_path: Path) -> None:
    videos = [video(tmp_path / "a.avi", 3), video(tmp_path / "b.avi", 1)]
    assert numbers(muxed(MUX, videos, batch_size=7)) == [[(0, 0), (1, 0)], [(0, 1)], [(0, 2)]]


def test_a_fixed_batch_is_filled_with_several_frames_of_a_source(tmp_path: Path) -> None:
    file = settings(tmp_path, "adaptive-batching=0\nbatch-size=3\nmax-same-source-frames=3\n")
    batches = muxed(MUX, [video(tmp_path / "a.avi", 7)], config_file_path=file)
    assert numbers(batches) == [
        [(0, 0), (0, 1), (0, 2)],
        [(0, 3), (0, 4), (0, 5)],
        [(0, 6)],
    ]


def test_a_source_may_fill_a_batch_no_further_than_its_own_share(tmp_path: Path) -> None:
    file = settings(tmp_path, "adaptive-batching=0\nbatch-size=3\n")
    batches = muxed(MUX, [video(tmp_path / "a.avi", 3)], config_file_path=file)
    assert numbers(batches) == [[(0, 0)], [(0, 1)], [(0, 2)]]


def test_a_source_that_is_too_fast_loses_frames_where_rates_are_controlled(
    tmp_path: Path,
) -> None:
    videos = [video(tmp_path / "a.avi", 12, fps=30), video(tmp_path / "b.avi", 4)]
    text = "enable-source-rate-control=1\n[source-config-0]\nmax-fps-n=10\n"
    batches = muxed(MUX, videos, config_file_path=settings(tmp_path, text))
    kept = [pad for batch in numbers(batches) for pad, _ in batch]
    assert (kept.count(0), kept.count(1)) == (4, 4)


def test_the_demuxer_tells_every_stream_its_own_size(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    told = {}

    def caps(_pad: Any, info: Any, end: str) -> Any:
        event = info.get_event()
        if event.type == Gst.EventType.CAPS:
            told[end] = event.parse_caps().get_structure(0).get_int("width")[1]
        return Gst.PadProbeReturn.OK

    def watch(pipeline: Any) -> None:
        for end in ("end", "other"):
            pad = pipeline.get_by_name(end).get_static_pad("sink")
            pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, caps, end)

    videos = [video(tmp_path / "a.avi", 2), video(tmp_path / "b.avi", 2, (96, 80))]
    ends = " ".join(
        f"demux.src_{n} ! queue ! nvvideoconvert ! video/x-raw,format=I420 ! fakesink name={end}"
        for n, end in enumerate(("end", "other"))
    )
    play(f"{MUX} name=mux ! nvstreamdemux name=demux {ends}", videos, prepare=watch)
    assert told == {"end": 64, "other": 96}


def test_a_pipeline_is_freed_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    from deepstream.twin.gst import Gst

    pipeline = Gst.parse_launch(
        f"{MUX} name=mux ! nvstreamdemux name=demux videotestsrc ! nvvideoconvert ! mux.sink_0 "
        "demux.src_0 ! fakesink"
    )
    del pipeline
    gc.collect()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("value", "has_width"), [("yes", False), ("no", True)])
def test_the_environment_chooses_as_for_nvidias_plugin(value: str, has_width: bool) -> None:
    code = (
        "from deepstream.twin import elements; elements.register();"
        "from deepstream.twin.gst import Gst;"
        "mux = Gst.ElementFactory.make('nvstreammux', None);"
        "print(mux.find_property('width') is not None)"
    )
    environment = {**os.environ, "USE_NEW_NVSTREAMMUX": value}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(has_width)
