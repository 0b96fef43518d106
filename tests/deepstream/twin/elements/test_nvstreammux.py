"""What comes out of the mux is the picture that went in."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deepstream.motion_jpeg import write_avi

pytestmark = pytest.mark.usefixtures("gstreamer")
SAMPLING = {"420": 0x221111, "422": 0x211111, "444": 0x111111}
Pictures = list[list[NDArray[np.uint8]]]


def muxed(videos: list[Path], size: tuple[int, int], **properties: Any) -> tuple[Pictures, Any]:
    """RGB pictures of every source, and the batches' metadata, in the order of the mux."""
    from deepstream.twin.gst import Gst
    from deepstream.twin.metadata import find, picture

    pipeline = Gst.parse_launch("nvstreammux name=mux ! fakesink name=end")
    mux = pipeline.get_by_name("mux")
    wanted = {"width": size[0], "height": size[1], "batch-size": len(videos), **properties}
    for name, value in wanted.items():
        mux.set_property(name, value)
    for number, video in enumerate(videos):
        source = Gst.ElementFactory.make("nvurisrcbin", None)
        source.set_property("uri", f"file://{video}")
        pipeline.add(source)
        pad = mux.request_pad_simple(f"sink_{number}")
        source.connect("pad-added", lambda _source, new, pad=pad: new.link(pad))
    found: Pictures = [[] for _ in videos]
    batches = []

    def keep(_pad: Any, info: Any) -> Any:
        buffer = info.get_buffer()
        batches.append((buffer.pts, find(buffer)))
        for frame in batches[-1][1].frames:
            with buffer.get_memory(frame.batch_id).map(Gst.MapFlags.READ) as data:
                found[frame.pad_index].append(picture(data.data, frame)[..., :3].copy())
        return Gst.PadProbeReturn.OK

    pipeline.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, keep)
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    assert message is not None and message.type == Gst.MessageType.EOS
    return found, batches


def photo(seed: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Coloured blots with some noise, BGR."""
    random = np.random.default_rng(seed)
    blots = random.integers(0, 255, (9, 12, 3)).astype(np.uint8)
    smooth = cv2.resize(blots, size, interpolation=cv2.INTER_CUBIC).astype(int)
    noisy = smooth + random.integers(-12, 12, (size[1], size[0], 3))
    return noisy.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(320, 240), (322, 241)])
@pytest.mark.parametrize("sampling", SAMPLING)
def test_a_jpeg_has_the_pixels_of_its_decoded_file(
    tmp_path: Path, sampling: str, size: tuple[int, int]
) -> None:
    options = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SAMPLING[sampling]]
    jpegs = [cv2.imencode(".jpg", photo(n, size), options)[1] for n in range(3)]
    write_avi(tmp_path / "a.avi", [one.tobytes() for one in jpegs], size, 10)
    found, _ = muxed([tmp_path / "a.avi"], size)
    decoded = [cv2.cvtColor(cv2.imdecode(one, 1), cv2.COLOR_BGR2RGB) for one in jpegs]
    assert np.array_equal(found[0], decoded)


@pytest.mark.parametrize("size", [(320, 240), (1280, 720)])
def test_the_colours_of_a_video_are_right_in_bt601_and_bt709(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    video = tmp_path / "bars.mp4"
    subprocess.run(
        [
            *("gst-launch-1.0", "-q", "videotestsrc", "num-buffers=2", "pattern=smpte75", "!"),
            *(f"video/x-raw,format=RGB,width={size[0]},height={size[1]}", "!", "videoconvert", "!"),
            *("video/x-raw,format=I420", "!", "x264enc", "quantizer=1", "pass=quant", "!"),
            *("mp4mux", "!", "filesink", f"location={video}"),
        ],
        check=True,
    )
    found, _ = muxed([video], size)
    row = found[0][0][size[1] // 4]
    bars = [row[size[0] * (2 * bar + 1) // 14].astype(int).tolist() for bar in range(7)]
    full = 191
    wanted = [
        [full * (bar in on) for on in ((0, 1, 4, 5), (0, 1, 2, 3), (0, 2, 4, 6))]
        for bar in range(7)
    ]
    assert np.abs(np.array(bars) - wanted).max() <= 8


def test_batches_hold_a_frame_of_every_source_that_has_not_ended(tmp_path: Path) -> None:
    size, videos = (64, 48), [tmp_path / "a.avi", tmp_path / "b.avi"]
    jpegs = [cv2.imencode(".jpg", photo(n, (128, 96)))[1].tobytes() for n in range(5)]
    write_avi(videos[0], jpegs, (128, 96), 10)
    write_avi(videos[1], jpegs[:2], (128, 96), 10)
    found, batches = muxed(videos, size)
    assert [len(one) for one in found] == [5, 2]
    told = [[(one.pad_index, one.frame_num) for one in batch.frames] for _, batch in batches]
    assert told == [[(0, 0), (1, 0)], [(0, 1), (1, 1)], [(0, 2)], [(0, 3)], [(0, 4)]]
    frame = batches[0][1].frames[1]
    assert (frame.width, frame.height, frame.source_frame_width, frame.source_frame_height) == (
        64,
        48,
        128,
        96,
    )
    times = [pts for pts, _ in batches]
    assert times == sorted(set(times))


def test_padding_keeps_the_shape_and_leaves_black(tmp_path: Path) -> None:
    white = cv2.imencode(".jpg", np.full((48, 64, 3), 255, np.uint8))[1].tobytes()
    write_avi(tmp_path / "a.avi", [white], (64, 48), 10)
    found, _ = muxed([tmp_path / "a.avi"], (128, 48), **{"enable-padding": True})
    picture = found[0][0]
    assert picture[24, 64].min() > 250
    assert picture[24, 4].max() < 5 and picture[24, 124].max() < 5
    stretched, _ = muxed([tmp_path / "a.avi"], (128, 48))
    assert stretched[0][0][24, 4].min() > 250


def test_frames_of_a_looped_file_keep_their_pace(tmp_path: Path) -> None:
    """The last frame of a round waits at the mux while the next round's segment comes."""
    from deepstream.twin.gst import Gst

    video = tmp_path / "a.mp4"
    line = (
        "videotestsrc num-buffers=8 ! video/x-raw,format=I420,width=64,height=48,framerate=20/1 !"
        f" x264enc bframes=0 ! mp4mux ! filesink location={video}"
    )
    subprocess.run(["gst-launch-1.0", "-q", *line.split()], check=True)
    pipeline = Gst.parse_launch(
        f"nvurisrcbin uri=file://{video} file-loop=true limit=24 ! mux.sink_0 nvstreammux name=mux"
        " batch-size=1 width=64 height=48 ! fakesink sync=true name=end"
    )
    times: list[int] = []

    def keep(_pad: Any, info: Any) -> Any:
        times.append(info.get_buffer().pts)
        return Gst.PadProbeReturn.OK

    pipeline.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, keep)
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    assert message.type == Gst.MessageType.EOS
    assert np.diff(times).tolist() == [50_000_000] * 23


def test_a_flush_that_never_began_takes_no_frame(tmp_path: Path) -> None:
    """NVIDIA's sample of sources that come and go sends one before it releases a pad."""
    from deepstream.twin.gst import Gst

    pipeline = Gst.parse_launch(
        "videotestsrc num-buffers=6 ! video/x-raw,width=64,height=48 ! mux.sink_0"
        " nvstreammux name=mux batch-size=1 width=64 height=48 ! fakesink name=end"
    )
    entry = pipeline.get_by_name("mux").get_static_pad("sink_0")
    came: list[int] = []
    whole, go = threading.Event(), threading.Event()

    def arrived(_pad: Any, info: Any) -> Any:
        if info.get_event().type == Gst.EventType.EOS:
            whole.set()
        return Gst.PadProbeReturn.OK

    def hold(_pad: Any, info: Any) -> Any:
        go.wait(5)
        came.append(info.get_buffer().pts)
        return Gst.PadProbeReturn.OK

    entry.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, arrived)
    end = pipeline.get_by_name("end").get_static_pad("sink")
    end.add_probe(Gst.PadProbeType.BUFFER, hold)
    pipeline.set_state(Gst.State.PLAYING)
    assert whole.wait(20)
    entry.send_event(Gst.Event.new_flush_stop(False))
    go.set()
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    assert message is not None and message.type == Gst.MessageType.EOS
    assert len(came) == 6
