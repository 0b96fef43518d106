"""MPEG-4 files have their frames at their times."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

pytestmark = pytest.mark.usefixtures("gstreamer")


def test_a_muxer_takes_the_frames(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    path = tmp_path / "out.mp4"
    pipeline = Gst.parse_launch(
        "videotestsrc num-buffers=20 ! video/x-raw,format=I420,width=160,height=120,framerate=10/1"
        f" ! avenc_mpeg4 bitrate=500000 ! mpeg4videoparse ! qtmux ! filesink location={path}"
    )
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    assert message.type == Gst.MessageType.EOS, message.parse_error()
    film = cv2.VideoCapture(str(path))
    count, rate = film.get(cv2.CAP_PROP_FRAME_COUNT), film.get(cv2.CAP_PROP_FPS)
    assert (count, rate) == (20, pytest.approx(10, abs=0.01))
