"""NVIDIA's encoders: what a client needs that joins late."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("gstreamer")
SETS = {"nvv4l2h264enc": {7, 8}, "nvv4l2h265enc": {32, 33, 34}}  # kinds of units: parameter sets
CAPS = {"nvv4l2h264enc": "video/x-h264", "nvv4l2h265enc": "video/x-h265"}


@pytest.mark.parametrize("encoder", SETS)
def test_parameter_sets_stand_before_every_key_frame_where_they_are_asked_for(encoder: str) -> None:
    pictures = coded(f"{encoder} insert-sps-pps=true iframeinterval=4", CAPS[encoder])
    assert [key for key, _ in pictures] == [number % 4 == 0 for number in range(12)]
    for key, units in pictures:
        assert (SETS[encoder] <= kinds(units, encoder)) == key


def coded(encoder: str, caps: str) -> list[tuple[bool, bytes]]:
    """Whether it is a key frame and its bytes, of each of twelve pictures."""
    from deepstream.twin.gst import Gst

    line = (
        f"videotestsrc num-buffers=12 ! video/x-raw,width=64,height=64 ! {encoder} !"
        f" {caps},stream-format=byte-stream,alignment=au ! appsink name=end sync=false"
    )
    pipeline = Gst.parse_launch(line)
    pipeline.set_state(Gst.State.PLAYING)
    found = []
    try:
        while sample := pipeline.get_by_name("end").emit("try-pull-sample", 5 * Gst.SECOND):
            buffer = sample.get_buffer()
            key = not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
            found.append((key, buffer.extract_dup(0, buffer.get_size())))
    finally:
        pipeline.set_state(Gst.State.NULL)
    return found


def kinds(units: bytes, encoder: str) -> set[int]:
    heads = (part[0] for part in units.split(b"\0\0\1")[1:])
    return {one & 31 if encoder == "nvv4l2h264enc" else one >> 1 & 63 for one in heads}
