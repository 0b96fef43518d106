"""Nothing of the twin's outlives its pipeline, or its place in a pipeline that goes on."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest

from tests.deepstream.twin.toy import moving, write_video

pytestmark = pytest.mark.usefixtures("gstreamer")

LINES = {
    "picture": "videotestsrc num-buffers=2 ! video/x-raw,width=64,height=48 ! nvvideoconvert !"
    " nvegltransform ! nv3dsink sync=false",
    "coded": "videotestsrc num-buffers=2 ! video/x-raw,width=64,height=48 ! nvv4l2h264enc !"
    " h264parse ! nvv4l2decoder drop-frame-interval=2 ! fakesink",
    "mpeg4": "videotestsrc num-buffers=2 ! video/x-raw,width=64,height=48,format=I420 !"
    " avenc_mpeg4 ! fakesink",
    "batch": "nvurisrcbin uri=file://{video} ! mux.sink_0"
    " nvstreammux name=mux width=64 height=48 ! nvtracker ! nvmultistreamtiler width=64 height=48"
    " ! nvvideoconvert ! nvdsosd ! fakesink sync=false",
    "many": "nvmultiurisrcbin port=0 uri-list=file://{video},file://{video} width=64 height=48 !"
    " fakesink",
    "demux": "nvurisrcbin uri=file://{video} ! mux.sink_0 nvstreammux name=mux width=64 height=48"
    " ! nvstreamdemux name=d d.src_0 ! fakesink",
}


def alive() -> int:
    """How many of the twin's elements there are."""
    from deepstream.twin.gst import Gst

    gc.collect()
    kinds = [type(one) for one in gc.get_objects()]
    return sum(issubclass(one, Gst.Element) and _ours(one) for one in kinds)


def _ours(kind: type) -> bool:
    return str(kind.__module__).startswith("deepstream.")


def play(line: str) -> None:
    from deepstream.twin.gst import Gst

    pipeline = Gst.parse_launch(line)
    pipeline.set_state(Gst.State.PLAYING)
    kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, kinds)
    pipeline.set_state(Gst.State.NULL)
    assert message.type == Gst.MessageType.EOS, message.parse_error()


@pytest.mark.parametrize("name", LINES)
def test_elements_go_with_their_pipeline(name: str, tmp_path: Path) -> None:
    line = LINES[name].format(video=write_video(tmp_path / "a.avi", moving(2)))
    play(line)
    before = alive()
    for _ in range(3):
        play(line)
    assert alive() <= before


def test_a_source_that_is_taken_out_of_a_running_pipeline_is_gone(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    video = write_video(tmp_path / "a.avi", moving(3))
    pipeline = Gst.parse_launch(
        "nvstreammux name=mux width=64 height=48 live-source=1 batched-push-timeout=20000 !"
        " fakesink name=end sync=false"
    )
    mux, end = pipeline.get_by_name("mux"), pipeline.get_by_name("end")
    counted = Counted(end.get_static_pad("sink"))
    add(pipeline, mux, 0, video)
    pipeline.set_state(Gst.State.PLAYING)
    # Until it plays, a pipeline sets its parts to PLAYING: one that is just being taken out, too.
    assert pipeline.get_state(20 * Gst.SECOND)[0] == Gst.StateChangeReturn.SUCCESS
    counted.wait_for(3)
    before = alive()
    for _ in range(4):
        add(pipeline, mux, 1, video).sync_state_with_parent()
        counted.wait_for(3)
        take_out(pipeline, mux, 1)
    pipeline.get_bus().set_flushing(True)
    for _ in range(100):  # batches under way still hold its frames; what leaks stays
        counted.wait_for(1)
        left = alive() - before
        if left <= 0:
            break
    pipeline.set_state(Gst.State.NULL)
    assert left <= 0


class Counted:
    """Waits for so many buffers more."""

    def __init__(self, pad: Any) -> None:
        from threading import Semaphore

        from deepstream.twin.gst import Gst

        self.seen = Semaphore(0)

        def note(_pad: object, _info: object) -> Any:
            self.seen.release()
            return Gst.PadProbeReturn.OK

        pad.add_probe(Gst.PadProbeType.BUFFER, note)

    def wait_for(self, buffers: int) -> None:
        while self.seen.acquire(blocking=False):
            pass
        for _ in range(buffers):
            assert self.seen.acquire(timeout=20)


def add(pipeline: Any, mux: Any, number: int, video: Path) -> Any:
    from deepstream.twin.gst import Gst

    source = Gst.ElementFactory.make("nvurisrcbin", f"source{number}")
    source.set_property("uri", f"file://{video}")
    source.set_property("file-loop", True)
    pipeline.add(source)
    pad = mux.request_pad_simple(f"sink_{number}")
    source.connect("pad-added", lambda _source, new: new.link(pad))
    return source


def take_out(pipeline: Any, mux: Any, number: int) -> None:
    from deepstream.twin.gst import Gst

    source = pipeline.get_by_name(f"source{number}")
    source.set_state(Gst.State.NULL)
    mux.release_request_pad(mux.get_static_pad(f"sink_{number}"))
    pipeline.remove(source)
