"""``nvvidconv``: the plain Jetson's converter, the same as ``nvvideoconvert``."""

from __future__ import annotations

from deepstream.twin.elements.nvvideoconvert import VideoConvert


class VidConv(VideoConvert):
    """Under its own name."""

    __gtype_name__ = "nvvidconv"


ELEMENT = VidConv
