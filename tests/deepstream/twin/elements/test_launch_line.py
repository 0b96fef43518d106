"""A gst-launch line as NVIDIA's documentation writes it runs word for word."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import cv2
import pytest

from tests.deepstream.twin.toy import write_app

pytestmark = pytest.mark.usefixtures("gstreamer")

LINE = """filesrc location={video} ! qtdemux ! h264parse ! nvv4l2decoder ! mux.sink_0
nvstreammux name=mux batch-size=1 width=320 height=240 batched-push-timeout=40000 !
nvinfer config-file-path={infer} !
nvtracker ll-lib-file=libnvds_nvmultiobjecttracker.so tracker-width=320 tracker-height=256 !
nvmultistreamtiler rows=1 columns=1 width=640 height=480 !
nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA ! nvdsosd ! nvvideoconvert !
video/x-raw(memory:NVMM),format=NV12 ! nvv4l2h264enc bitrate=1000000 ! h264parse ! mp4mux !
filesink location={out}"""


def run(line: str) -> Any:
    from deepstream.twin.gst import Gst

    pipeline = Gst.parse_launch(line)
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    return message


def test_nvidias_pipeline_makes_a_video_that_plays(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    write_app(tmp_path, [])
    source = tmp_path / "in.mp4"
    line = (
        "videotestsrc num-buffers=12 pattern=red ! video/x-raw,format=I420,width=640,height=360"
        f" ! x264enc ! mp4mux ! filesink location={source}"
    )
    subprocess.run(["gst-launch-1.0", "-q", *line.split()], check=True)
    out = tmp_path / "out.mp4"
    message = run(LINE.format(video=source, infer=tmp_path / "infer.txt", out=out))
    assert message.type == Gst.MessageType.EOS
    reader = cv2.VideoCapture(str(out))
    assert (reader.get(cv2.CAP_PROP_FRAME_WIDTH), reader.get(cv2.CAP_PROP_FRAME_COUNT)) == (640, 12)


def test_an_element_without_a_mux_before_it_says_so(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    message = run("videotestsrc num-buffers=2 ! video/x-raw,format=RGBA ! nvtracker ! fakesink")
    assert message.type == Gst.MessageType.ERROR
    assert "nvstreammux" in message.parse_error()[0].message


def test_the_names_are_ours_only_where_nobody_else_has_them() -> None:
    from deepstream.twin import elements
    from deepstream.twin.gst import Gst

    ours = elements.register()
    assert {"nvinfer", "nvstreammux"} <= set(ours)
    assert all(Gst.ElementFactory.find(name).get_plugin_name() is None for name in ours)
    assert elements.register() == elements.register()


def test_elements_without_a_name_are_called_by_what_they_are() -> None:
    """Programs look for the decoder's name among uridecodebin's children."""
    from deepstream.twin.gst import Gst

    name = Gst.ElementFactory.make("nvv4l2decoder", None).get_name()
    assert name.rstrip("0123456789") == "nvv4l2decoder"
