"""``nvjpegenc``: JPEG by libjpeg."""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvmm import either, encoding, make, put, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded


class JpegEncoder(Gst.Bin):  # type: ignore[misc]
    __gtype_name__ = "nvjpegenc"
    __gstmetadata__ = ("JPEG encoder", "Codec/Encoder/Image", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", either()), template("src", Gst.Caps("image/jpeg")))

    quality = GObject.Property(type=int, default=85, minimum=0, maximum=100)

    def __init__(self) -> None:
        super().__init__()
        self.encoder = make("jpegenc")
        self.connect("notify", self.apply)
        encoding(self, self.encoder)

    @guarded(None)
    def apply(self, *_changed: Any) -> None:
        put(self.encoder, quality=self.quality)


ELEMENT = JpegEncoder
