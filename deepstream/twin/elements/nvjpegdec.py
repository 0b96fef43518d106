"""``nvjpegdec``: JPEGs to pictures, pixel for pixel as OpenCV decodes them."""

from __future__ import annotations

from deepstream.twin.elements.jpeg import JpegDecoder as Decode
from deepstream.twin.elements.nvmm import Label, chain, either, make, template
from deepstream.twin.gst import GObject, Gst


class JpegDecoder(Gst.Bin):  # type: ignore[misc]
    __gtype_name__ = "nvjpegdec"
    __gstmetadata__ = ("JPEG decoder", "Codec/Decoder/Image", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", Gst.Caps("image/jpeg")), template("src", either()))

    DeepStream = GObject.Property(type=bool, default=False)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)

    def __init__(self) -> None:
        super().__init__()
        chain(self, make("jpegparse"), Decode(), Label())


ELEMENT = JpegDecoder
