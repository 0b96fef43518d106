"""A segmentation is seen in the colours of its classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.deepstream.twin.elements.networks import write_segmentation
from tests.deepstream.twin.toy import frame, write_video

pytestmark = pytest.mark.usefixtures("gstreamer")


def shown(tmp_path: Path, properties: str) -> Any:
    from deepstream.twin.gst import Gst
    from deepstream.twin.metadata import find, picture

    write_segmentation(tmp_path)
    video = write_video(tmp_path / "a.avi", [frame(("red", 0, 0), ("blue", 160, 96))] * 2)
    pipeline = Gst.parse_launch(
        f"nvurisrcbin name=source uri=file://{video} nvstreammux name=mux batch-size=1 width=320"
        f" height=240 ! nvinfer config-file-path={tmp_path}/segmentation.txt ! nvsegvisual"
        f" width=64 height=64 {properties} ! fakesink name=end"
    )
    pad = pipeline.get_by_name("mux").request_pad_simple("sink_0")
    pipeline.get_by_name("source").connect("pad-added", lambda _source, new: new.link(pad))
    found = []

    def keep(_pad: Any, info: Any) -> Any:
        buffer = info.get_buffer()
        with buffer.map(Gst.MapFlags.READ) as data:
            found.append(picture(data.data, find(buffer).frames[0])[..., :3].copy())
        return Gst.PadProbeReturn.OK

    pipeline.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, keep)
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    assert message.type == Gst.MessageType.EOS
    assert len(found) == 2
    return found[0]


def test_classes_have_colours_and_the_rest_is_black(tmp_path: Path) -> None:
    from deepstream.twin.style import PALETTE

    picture = shown(tmp_path, "")
    assert picture.shape == (64, 64, 3)
    assert tuple(picture[4, 4]) == PALETTE[0] and tuple(picture[30, 36]) == PALETTE[1]
    assert not picture[60, 60].any()


def test_the_picture_shines_through(tmp_path: Path) -> None:
    picture = shown(tmp_path, "original-background=true alpha=0.25")
    assert np.abs(picture[60, 60].astype(int) - 90 * 0.75).max() < 3
