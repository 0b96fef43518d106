from __future__ import annotations

import gc
from pathlib import Path

import pytest

from tests.deepstream.twin.elements.muxing import muxed
from tests.deepstream.twin.toy import moving, write_video

pytestmark = pytest.mark.usefixtures("gstreamer")


def test_a_property_that_nobody_knows_is_gstreamers_own_error() -> None:
    from deepstream.twin.gst import GLib, Gst

    with pytest.raises(GLib.Error, match='no property "latencey" in element "nvurisrcbin"'):
        Gst.parse_launch("nvurisrcbin latencey=3 ! fakesink")


@pytest.mark.parametrize(
    "settings",
    [
        "nvurisrcbin uri=rtsp://h/a latency=200 drop-on-latency=true udp-buffer-size=1000"
        " select-rtp-protocol=4 rtsp-reconnect-interval=10 init-rtsp-reconnect-interval=5"
        " rtsp-reconnect-attempts=4 num-extra-surfaces=5 cudadec-memtype=2 source-id=3 type=2"
        " disable-audio=true disable-passthrough=true low-latency-mode=true smart-record=2"
        " smart-rec-cache=20 smart-rec-container=0 smart-rec-dir-path=. smart-rec-file-prefix=a",
        "nvv4l2decoder skip-frames=0 num-extra-surfaces=1 enable-max-performance=1 mjpeg=1"
        " drop-frame-interval=2 cudadec-memtype=0 low-latency-mode=0",
        "nvv4l2h264enc bitrate=4000000 preset-level=1 insert-sps-pps=1 iframeinterval=30"
        " maxperf-enable=1 bufapi-version=1 profile=4 control-rate=1",
        "nvv4l2h265enc bitrate=4000000 preset-level=1 insert-sps-pps=1 iframeinterval=30",
        "nvstreammux width=64 height=48 batch-size=2 live-source=1 batched-push-timeout=40000"
        " enable-padding=1 nvbuf-memory-type=3 gpu-id=0 buffer-pool-size=8 attach-sys-ts=1"
        " sync-inputs=1 max-latency=100000 drop-pipeline-eos=1 frame-num-reset-on-eos=1",
        "nvmultistreamtiler rows=2 columns=2 width=64 height=48 show-source=-1 compute-hw=1"
        " square-seq-grid=1 nvbuf-memory-type=0 buffer-pool-size=4 interpolation-method=1",
    ],
)
def test_documented_properties_are_taken(settings: str) -> None:
    from deepstream.twin.gst import Gst

    assert Gst.parse_launch(settings) is not None


def test_key_frames_alone_where_only_they_are_asked_for(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    line = (
        "videotestsrc num-buffers=20 ! video/x-raw,width=64,height=48 ! x264enc key-int-max=5"
        f" bframes=0 ! mp4mux ! filesink location={tmp_path}/a.mp4"
    )
    pipeline = Gst.parse_launch(line)
    pipeline.set_state(Gst.State.PLAYING)
    pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)
    pipeline.set_state(Gst.State.NULL)
    source = f"nvurisrcbin uri=file://{tmp_path}/a.mp4 dec-skip-frames=2 ! fakesink name=end"
    playing = Gst.parse_launch(source)
    seen: list[int] = []

    def keep(_pad: object, info: object) -> object:
        seen.append(info.get_buffer().pts)  # type: ignore[attr-defined]
        return Gst.PadProbeReturn.OK

    playing.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, keep)
    playing.set_state(Gst.State.PLAYING)
    playing.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)
    playing.set_state(Gst.State.NULL)
    assert len(seen) == 4


def test_frames_are_left_out_by_interval(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    video = write_video(tmp_path / "a.avi", moving(7))
    assert len(muxed("nvstreammux", [video], width=64, height=48)) == 7
    line = f"nvurisrcbin uri=file://{video} drop-frame-interval=3 ! fakesink name=end"
    pipeline = Gst.parse_launch(line)
    pipeline.get_by_name("end").set_property("signal-handoffs", True)
    seen: list[int] = []
    pipeline.get_by_name("end").connect("handoff", lambda *_: seen.append(1))
    pipeline.set_state(Gst.State.PLAYING)
    pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)
    pipeline.set_state(Gst.State.NULL)
    assert len(seen) == 3


@pytest.mark.parametrize(("limit", "ending"), [(4, "EOS"), (9, "ERROR")])
def test_a_decoder_that_fails_behind_the_limit_is_no_error(
    tmp_path: Path, limit: int, ending: str
) -> None:
    """libav's decoder of H.264 does now and then, when it is told that enough is enough."""
    from deepstream.twin.gst import GLib, Gst

    video = write_video(tmp_path / "a.avi", moving(5))
    line = f"nvurisrcbin name=source uri=file://{video} limit={limit} ! queue ! fakesink name=end"
    pipeline = Gst.parse_launch(line)
    source, sink = pipeline.get_by_name("source"), pipeline.get_by_name("end")
    seen: list[int] = []

    def fail(*_arguments: object) -> None:
        seen.append(1)
        if len(seen) == 4:
            error = GLib.Error.new_literal(Gst.StreamError.quark(), "broken", 1)
            source.inner.post_message(Gst.Message.new_error(source.inner, error, "inside"))

    sink.set_property("signal-handoffs", True)
    sink.connect("handoff", fail)
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    assert message.type == getattr(Gst.MessageType, ending)


def test_a_file_that_is_played_again_and_again_leaves_nothing_behind(tmp_path: Path) -> None:
    from deepstream.twin.elements.jpeg import JpegDecoder
    from deepstream.twin.gst import Gst

    def alive() -> int:
        gc.collect()
        return sum(issubclass(type(one), JpegDecoder) for one in gc.get_objects())

    video, before = write_video(tmp_path / "a.avi", moving(2)), alive()
    line = f"nvurisrcbin uri=file://{video} file-loop=true limit=60 ! fakesink"
    pipeline = Gst.parse_launch(line)
    pipeline.set_state(Gst.State.PLAYING)
    message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, Gst.MessageType.EOS)
    left = alive() - before
    pipeline.set_state(Gst.State.NULL)
    assert message is not None
    assert left < 10  # of thirty; the bus may still hold words of the last ones


def test_a_source_that_was_stopped_plays_again_from_its_beginning(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    video = write_video(tmp_path / "a.avi", moving(3))
    pipeline = Gst.parse_launch(f"nvurisrcbin name=source uri=file://{video} fakesink name=end")
    source = pipeline.get_by_name("source")
    sink = pipeline.get_by_name("end").get_static_pad("sink")
    source.connect("pad-added", lambda _source, pad: pad.link(sink))
    seen: list[int] = []

    def note(_pad: object, info: object) -> object:
        seen.append(info.get_buffer().pts)  # type: ignore[attr-defined]
        return Gst.PadProbeReturn.OK

    sink.add_probe(Gst.PadProbeType.BUFFER, note)
    for _ in range(2):
        pipeline.set_state(Gst.State.PLAYING)
        assert pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, Gst.MessageType.EOS)
        pipeline.set_state(Gst.State.NULL)
        assert not source.children and not source.srcpads
    assert len(seen) == 6
    assert seen[:3] == seen[3:]


def test_a_later_round_has_as_long_for_its_first_picture_as_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepstream.twin.elements import nvurisrcbin
    from deepstream.twin.gst import Gst

    monkeypatch.setattr(nvurisrcbin, "PATIENCE", 1.0)
    source = nvurisrcbin.UriSource()
    source.set_property("uri", f"file://{write_video(tmp_path / 'a.avi', moving(2))}")
    source.set_property("file-loop", True)
    source._build()
    source.began -= 2.0  # a round that has been played for long, and is now to be played again
    source.restarting = True
    assert source.look()
    assert not source.shown and source.look()
    assert source.failure is None
    source.set_state(Gst.State.NULL)
