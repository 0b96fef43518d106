"""Single pictures are converted; batches pass as they are, or are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.deepstream.twin.toy import moving, write_video

pytestmark = pytest.mark.usefixtures("gstreamer")


def ended(tmp_path: Path, tail: str) -> Any:
    from deepstream.twin.gst import Gst

    video = write_video(tmp_path / "a.avi", moving(3))
    sources = " ".join(f"nvurisrcbin uri=file://{video} ! mux.sink_{n}" for n in range(2))
    pipeline = Gst.parse_launch(
        f"nvstreammux name=mux batch-size=2 width=320 height=240 ! {tail} ! fakesink {sources}"
    )
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    return message


def test_a_batch_passes_where_nothing_is_converted(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    tail = "nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA ! nvmultistreamtiler columns=2"
    assert ended(tmp_path, tail).type == Gst.MessageType.EOS


def test_a_batch_that_would_lose_its_frames_is_refused(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    message = ended(tmp_path, "nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12")
    assert message.type == Gst.MessageType.ERROR
    assert "not batches of several" in message.parse_error()[0].message
    single = "nvmultistreamtiler columns=2 ! nvvideoconvert ! video/x-raw,format=NV12"
    assert ended(tmp_path, single).type == Gst.MessageType.EOS
