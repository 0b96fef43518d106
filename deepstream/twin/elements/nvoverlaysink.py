"""``nvoverlaysink``: an overlay on old Jetsons; here a page in the browser, or nothing."""

from __future__ import annotations

from deepstream.twin.display import DisplaySink


class OverlaySink(DisplaySink):
    """A display sink under this name."""

    __gtype_name__ = "nvoverlaysink"


ELEMENT = OverlaySink
