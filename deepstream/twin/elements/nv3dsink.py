"""``nv3dsink``: a Jetson's window; here a page in the browser, or nothing."""

from __future__ import annotations

from deepstream.twin.display import DisplaySink


class Jetson3dSink(DisplaySink):
    """A display sink under this name."""


ELEMENT = Jetson3dSink
