"""``nvdrmvideosink``: a screen without a desktop; here a page in the browser, or nothing."""

from __future__ import annotations

from deepstream.twin.display import DisplaySink


class DrmSink(DisplaySink):
    """A display sink under this name."""

    __gtype_name__ = "nvdrmvideosink"


ELEMENT = DrmSink
