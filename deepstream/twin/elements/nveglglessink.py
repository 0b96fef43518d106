"""``nveglglessink``: a window on a PC; here a page in the browser, or nothing."""

from __future__ import annotations

from deepstream.twin.display import DisplaySink


class EglSink(DisplaySink):
    """A display sink under this name."""

    __gtype_name__ = "nveglglessink"


ELEMENT = EglSink
