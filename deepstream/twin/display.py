"""Where NVIDIA's display sinks lead: nowhere, or to a page in the browser."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from deepstream.twin.elements.nvmm import CONVERT, Strip, either, make, put, row, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded
from deepstream.twin.preview import parse_address, serve
from deepstream.twin.watch import Live, on_batches

_addresses: list[str] = []  # of pages that no sink has taken yet


@contextlib.contextmanager
def shown(address: str | None) -> Iterator[None]:
    """Let display sinks show their picture meanwhile; the next sink takes the next port."""
    if address is not None:
        host, port = parse_address(address)
        _addresses[:] = [f"{host}:{port + number if port else 0}" for number in range(16)]
    try:
        yield
    finally:
        _addresses.clear()


class DisplaySink(Gst.Bin):  # type: ignore[misc]
    """Takes frames at their time, as a window would."""

    __gstmetadata__ = ("Display sink", "Sink/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", either()),)

    sync = GObject.Property(type=bool, default=True)
    qos = GObject.Property(type=bool, default=True)
    waits = GObject.Property(type=bool, default=True)
    waits.name = "async"  # no name for an attribute
    window_x = GObject.Property(type=GObject.TYPE_UINT, default=0)
    window_y = GObject.Property(type=GObject.TYPE_UINT, default=0)
    window_width = GObject.Property(type=GObject.TYPE_UINT, default=0)
    window_height = GObject.Property(type=GObject.TYPE_UINT, default=0)
    max_lateness = GObject.Property(type=GObject.TYPE_INT64, default=5_000_000)
    processing_deadline = GObject.Property(type=GObject.TYPE_UINT64, default=15_000_000)
    enable_last_sample = GObject.Property(type=bool, default=True)
    force_aspect_ratio = GObject.Property(type=bool, default=True)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    nvbuf_api_version = GObject.Property(type=bool, default=False)
    rows = GObject.Property(type=GObject.TYPE_UINT, default=1)
    columns = GObject.Property(type=GObject.TYPE_UINT, default=1)
    conn_id = GObject.Property(type=int, default=0)
    plane_id = GObject.Property(type=int, default=0)
    set_mode = GObject.Property(type=int, default=-1)

    def __init__(self) -> None:
        super().__init__()
        self.page = contextlib.ExitStack()
        self.end = make("fakesink", enable_last_sample=False)
        row(self, self.end)
        pad = self.end.get_static_pad("sink")
        self.entry = Gst.GhostPad.new_from_template("sink", pad, self.get_pad_template("sink"))
        self.add_pad(self.entry)

    @guarded(Gst.StateChangeReturn.FAILURE)
    def do_change_state(self, transition: Any) -> Any:
        if transition == Gst.StateChange.NULL_TO_READY:
            if _addresses:
                self._show(_addresses.pop(0))
            put(self.end, **{"sync": self.sync, "async": self.waits})
        result = Gst.Bin.do_change_state(self, transition)
        if transition == Gst.StateChange.READY_TO_NULL:
            self.page.close()
        return result

    def _show(self, address: str) -> None:
        """Put a JPEG encoder and a page behind the pad."""
        self.remove(self.end)
        self.end = make("appsink", max_buffers=1, drop=True)
        strip = Strip()
        caps = make("capsfilter", caps="video/x-raw,format=I420")
        jpeg = make("jpegenc", quality=85)
        row(self, strip, make("videoconvertscale", **CONVERT), caps, jpeg, self.end)
        self.entry.set_target(strip.get_static_pad("sink"))
        live = Live()
        on_batches(self, live.note, "sink")
        url = self.page.enter_context(serve(self.end, address, live.state))
        print(f"preview: {url}", file=sys.stderr)
