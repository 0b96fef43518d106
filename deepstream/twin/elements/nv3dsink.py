"""``nv3dsink``: a Jetson's window; here a page in the browser, or nothing."""

from __future__ import annotations

from deepstream.twin.display import DisplaySink


class Jetson3dSink(DisplaySink):
    """A display sink under this name."""

    __gtype_name__ = "nv3dsink"


ELEMENT = Jetson3dSink
