"""Motion JPEG to RGBA by OpenCV, so that a frame has the very pixels of the decoded photo.

GStreamer's own way is near but not the same: jpegdec halves the chroma of every JPEG, its fast
transform is up to 46 levels off, and videoconvert's 8-bit arithmetic takes 1.4 levels of green.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.twin.elements.nvmm import of_parent, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded
from train2edge.errors import InputError

# As every video decoder, without a look at a photo's EXIF.
COLORS = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


class JpegDecoder(Gst.Element):  # type: ignore[misc]
    """One whole JPEG a buffer in, RGBA out."""

    __gstmetadata__ = ("JPEG decoder", "Codec/Decoder/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (
        template("sink", Gst.Caps("image/jpeg")),
        template("src", Gst.Caps("video/x-raw, format=RGBA")),
    )

    def __init__(self) -> None:
        super().__init__()
        sink = Gst.Pad.new_from_template(self.get_pad_template("sink"), "sink")
        self.src = Gst.Pad.new_from_template(self.get_pad_template("src"), "src")
        sink.set_chain_function_full(of_parent("decode"))
        sink.set_event_function_full(of_parent("pass_event"))
        for pad in (sink, self.src):
            self.add_pad(pad)
        self.rate = "0/1"
        self.waiting: list[Any] = []
        self.shape: tuple[int, ...] = ()
        self.count = 0

    @guarded(False)
    def pass_event(self, _pad: Any, _parent: Any, event: Any) -> bool:
        """The caps follow with the first picture; what must come after them waits."""
        if event.type == Gst.EventType.CAPS:
            known, top, bottom = event.parse_caps().get_structure(0).get_fraction("framerate")
            self.rate, self.shape = (f"{top}/{bottom}" if known else "0/1"), ()
            return True
        if event.type == Gst.EventType.SEGMENT and not self.shape:
            self.waiting.append(event)
            return True
        return bool(self.src.push_event(event))

    @guarded(Gst.FlowReturn.ERROR)
    def decode(self, _pad: Any, _parent: Any, buffer: Any) -> Any:
        with buffer.map(Gst.MapFlags.READ) as info:
            picture = cv2.imdecode(np.frombuffer(info.data, np.uint8), COLORS)
        if picture is None:
            raise InputError(f"frame {self.count} is no readable JPEG")
        self.count += 1
        if picture.shape != self.shape:
            self._announce(picture.shape)
        out = _rgba(np.asarray(picture, np.uint8))
        out.pts, out.dts, out.duration = buffer.pts, buffer.dts, buffer.duration
        return self.src.push(out)

    def _announce(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        caps = f"video/x-raw,format=RGBA,width={shape[1]},height={shape[0]},framerate={self.rate}"
        self.src.push_event(
            Gst.Event.new_caps(Gst.Caps.from_string(f"{caps},pixel-aspect-ratio=1/1"))
        )
        while self.waiting:
            self.src.push_event(self.waiting.pop(0))


GObject.type_register(JpegDecoder)


def _rgba(picture: NDArray[np.uint8]) -> Any:
    """A buffer of the BGR picture."""
    height, width = picture.shape[:2]
    out = Gst.Buffer.new_allocate(None, height * width * 4, None)
    with out.map(Gst.MapFlags.WRITE) as info:
        pixels = np.frombuffer(info.data, np.uint8).reshape(height, width, 4)
        cv2.cvtColor(picture, cv2.COLOR_BGR2RGBA, dst=pixels)
    return out
