"""JPEG's own colours: full-range BT.601 to RGBA, to the pixel as a JPEG library decodes them.

videoconvert computes this with 8 bits and truncates, 1.4 levels too little green; that alone moves
a detector's score by half a point. Everything that is not of JPEG's kind passes untouched.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.twin.elements.nvmm import template
from deepstream.twin.gst import GObject, Gst, GstVideo
from deepstream.twin.guard import guarded

PLANAR = (GstVideo.VideoFormat.I420, GstVideo.VideoFormat.Y42B, GstVideo.VideoFormat.Y444)
FULL = 1  # GST_VIDEO_COLOR_RANGE_0_255, whose name is no Python name
Plane = NDArray[np.uint8]


class FullRange(Gst.Element):  # type: ignore[misc]
    __gstmetadata__ = ("Full-range colours", "Filter/Converter", "train2edge twin", "train2edge")
    __gsttemplates__ = (
        template("sink", Gst.Caps("video/x-raw")),
        template("src", Gst.Caps("video/x-raw")),
    )

    def __init__(self) -> None:
        super().__init__()
        self.sink = Gst.Pad.new_from_template(self.get_pad_template("sink"), "sink")
        self.src = Gst.Pad.new_from_template(self.get_pad_template("src"), "src")
        self.sink.set_chain_function_full(self.convert)
        self.sink.set_event_function_full(self.pass_event)
        for pad in (self.sink, self.src):
            self.add_pad(pad)
        self.info: Any = None

    @guarded(False)
    def pass_event(self, _pad: Any, _parent: Any, event: Any) -> bool:
        if event.type != Gst.EventType.CAPS:
            return bool(self.src.push_event(event))
        info = GstVideo.VideoInfo.new_from_caps(event.parse_caps())
        self.info = info if _is_jpegs(info) else None
        if self.info is None:
            return bool(self.src.push_event(event))
        return bool(self.src.push_event(Gst.Event.new_caps(_as_rgba(info))))

    @guarded(Gst.FlowReturn.ERROR)
    def convert(self, _pad: Any, _parent: Any, buffer: Any) -> Any:
        if self.info is None:
            return self.src.push(buffer)
        with buffer.map(Gst.MapFlags.READ) as data:
            planes = _planes(np.frombuffer(data.data, np.uint8), self.info, buffer)
            picture = _convert(*planes)
        out = Gst.Buffer.new_allocate(None, picture.shape[0] * picture.shape[1] * 4, None)
        with out.map(Gst.MapFlags.WRITE) as data:
            rgba = np.frombuffer(data.data, np.uint8).reshape(*picture.shape[:2], 4)
            cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA, dst=rgba)
        out.pts, out.dts, out.duration = buffer.pts, buffer.dts, buffer.duration
        return self.src.push(out)


GObject.type_register(FullRange)


def _is_jpegs(info: Any) -> bool:
    colors = info.colorimetry
    full = colors.range == FULL
    bt601 = colors.matrix == GstVideo.VideoColorMatrix.BT601
    return bool(full and bt601 and info.finfo.format in PLANAR)


def _as_rgba(info: Any) -> Any:
    return Gst.Caps.from_string(
        f"video/x-raw,format=RGBA,width={info.width},height={info.height},"
        f"framerate={info.fps_n}/{info.fps_d},pixel-aspect-ratio={info.par_n}/{info.par_d}"
    )


def _convert(luma: Plane, blue: Plane, red: Plane) -> Plane:
    """RGB of planes; chroma is interpolated between pixel centres, as libjpeg does."""
    height, width = luma.shape
    across, down = -(-width // blue.shape[1]), -(-height // blue.shape[0])
    size = (blue.shape[1] * across, blue.shape[0] * down)
    whole = [np.ascontiguousarray(cv2.resize(one, size)[:height, :width]) for one in (red, blue)]
    merged = cv2.merge((luma, *whole))
    return np.asarray(cv2.cvtColor(merged, cv2.COLOR_YCrCb2RGB), np.uint8)


def _planes(data: Plane, info: Any, buffer: Any) -> list[Plane]:
    """Luma, blue and red chroma, without the padding of their rows."""
    layout = GstVideo.buffer_get_video_meta(buffer) or info
    halved = {
        GstVideo.VideoFormat.I420: (2, 2),
        GstVideo.VideoFormat.Y42B: (2, 1),
        GstVideo.VideoFormat.Y444: (1, 1),
    }[info.finfo.format]
    planes = []
    for index in range(3):
        by_x, by_y = halved if index else (1, 1)
        width, height = -(-info.width // by_x), -(-info.height // by_y)
        start, stride = layout.offset[index], layout.stride[index]
        rows = np.lib.stride_tricks.as_strided(data[start:], (height, width), (stride, 1))
        planes.append(rows)
    return planes
