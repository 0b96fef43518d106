"""What stands behind a stream, however often it is replaced: decoder of JPEGs, queue, limit.

It stays when the stream is played again. A Python function that is hung on a pad costs a few bytes
that libgirepository never gives back, so nothing here is hung on what comes and goes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deepstream.twin.elements.jpeg import JpegDecoder
from deepstream.twin.elements.limit import Limit
from deepstream.twin.elements.nvmm import make, row
from deepstream.twin.gst import Gst
from deepstream.twin.source.settings import SourceSettings
from deepstream.twin.source.stream import JPEG, PARSED

QUEUED = 4  # frames of a leaky queue whose size was not given
SEEN = Gst.PadProbeType.BUFFER | Gst.PadProbeType.EVENT_DOWNSTREAM


class Outlet:
    """The row of elements in ``parent`` for a stream of ``kind``; ``src`` is its last pad.

    ``seen`` is a probe for buffers and events before any of them. ``left`` is the number of frames
    until the end, negative for all.
    """

    def __init__(
        self, parent: Any, settings: SourceSettings, kind: str, left: int, seen: Callable[..., Any]
    ) -> None:
        self.parent, self.kind = parent, kind
        self.elements = [make("identity"), *_finishers(settings, kind, left)]
        row(parent, *self.elements)
        self.sink = self.elements[0].get_static_pad("sink")
        self.src = self.elements[-1].get_static_pad("src")
        self.sink.add_probe(SEEN, seen)
        for element in self.elements:
            element.sync_state_with_parent()

    def end(self) -> None:
        """End the stream that has had all its frames."""
        for element in self.elements:
            if isinstance(element, Limit):
                element.end()

    def remove(self) -> None:
        for element in self.elements:
            remove(self.parent, element)


def remove(parent: Any, element: Any) -> None:
    """Take ``element`` out of the bin ``parent``, whatever both are doing."""
    # Else the pipeline, in the middle of a change of its own, starts it once more.
    element.set_locked_state(True)
    element.set_state(Gst.State.NULL)
    parent.remove(element)


def _finishers(settings: SourceSettings, kind: str, left: int) -> list[Any]:
    finishers: list[Any] = []
    if kind == JPEG:
        # A parser leaves broken pictures out, and later frames would get wrong numbers; it is only
        # there where buffers are pieces of pictures.
        finishers.append(make("jpegparse"))
    if kind in (JPEG, PARSED):
        finishers.append(JpegDecoder())
    if settings.max_size_buffers or settings.leaky:
        most = settings.max_size_buffers or QUEUED
        finishers.append(make("queue", max_size_buffers=most, leaky=settings.leaky))
    if left >= 0:
        end = Limit()
        end.left = left
        finishers.append(end)
    return finishers
