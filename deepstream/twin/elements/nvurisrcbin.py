"""``nvurisrcbin``: any address to raw frames; reconnects cameras, plays files again.

rtspsrc never reconnects by itself, and a frozen server sends no message at all: a watchdog
rebuilds the inner source when no frame came for ``rtsp-reconnect-interval`` seconds.
"""

from __future__ import annotations

import time
from typing import Any

from deepstream.twin.elements.nvmm import either, put, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded, post
from deepstream.twin.source import stream
from deepstream.twin.source.outlet import Outlet, remove
from deepstream.twin.source.settings import SourceSettings
from deepstream.twin.source.stream import JPEG, PARSED, RAW
from deepstream.twin.source.watchdog import Watchdog
from train2edge.errors import InputError, WorkError

CONNECT = 10.0  # seconds that a camera has at least for its first picture: a key frame must come
# Seconds until the first picture of a file. decodebin (1.22) now and then loses the error of a
# demuxer that fails while it is being plugged in, and then nothing would ever happen.
PATIENCE = 20.0


class UriSource(SourceSettings, Gst.Bin):  # type: ignore[misc]
    __gtype_name__ = "nvurisrcbin"
    __gstmetadata__ = ("Address source", "Generic/Bin/Source", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("vsrc_%u", either(), Gst.PadPresence.SOMETIMES),)

    uri = GObject.Property(type=str, default="")
    # An application's own numbering: taken, unused.
    source_id = GObject.Property(type=int, default=-1)
    sensor_id = GObject.Property(type=str, default="")
    type = GObject.Property(type=int, default=0)

    def __init__(self) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self.watchdog: Watchdog | None = None
        self._begin()

    def _begin(self) -> None:
        """As if nothing had ever been played."""
        self.inner: Any = None
        self.outlet: Outlet | None = None
        self.pad: Any = None
        self.shown = self.flowing = self.restarting = self.broken = False
        self.began = self.arrived = 0.0
        self.end = self.last = 0  # nanoseconds: end of the rounds before, of the last frame
        self.count = self.kept = self.attempts = 0

    @property
    def live(self) -> bool:
        return bool(self.uri.startswith(("rtsp://", "rtsps://")))

    @property
    def reconnects(self) -> bool:
        return self.live and bool(self.rtsp_reconnect_interval)

    @guarded(Gst.StateChangeReturn.FAILURE)
    def do_change_state(self, transition: Any) -> Any:
        if transition == Gst.StateChange.NULL_TO_READY:
            self._keep_apart(self._joins())
            self._start()
        elif transition == Gst.StateChange.PAUSED_TO_PLAYING:
            self._keep_apart(True)
            self.arrived = time.monotonic()
        elif transition == Gst.StateChange.PAUSED_TO_READY:
            self._stop_watching()
        result = Gst.Bin.do_change_state(self, transition)
        if transition == Gst.StateChange.READY_TO_NULL:
            self._clear()
        return result

    def _joins(self) -> bool:
        """Whether the others play already."""
        parent = self.get_parent()
        return parent is not None and bool(parent.current_state == Gst.State.PLAYING)

    def _keep_apart(self, apart: bool) -> None:
        """A pipeline waits for its sources before it plays. What is replaced or comes later is no
        change of the pipeline's: it would start sources again that are just being taken out."""
        put(self, async_handling=apart)

    def _start(self) -> None:
        self._build()
        self.arrived = self.began
        if self.reconnects or self.uri.startswith("file:"):
            self.watchdog = Watchdog(self.look)

    def _stop_watching(self) -> None:
        if self.watchdog is not None:
            self.watchdog.stop()
            self.watchdog = None

    def _clear(self) -> None:
        """Nothing of a round that was played is left for the next one."""
        self._stop_watching()
        if self.pad is not None:
            self.remove_pad(self.pad)
        if self.outlet is not None:
            self.outlet.remove()
        if self.inner is not None:
            remove(self, self.inner)
        self._begin()

    @guarded(None)
    def do_handle_message(self, message: Any) -> None:
        """A camera that fails is tried again: its errors are not the pipeline's. Any other source
        tells of its first error itself: who reads of it later may find the element inside gone.
        Nor is it one what a decoder says when nobody takes more of it."""
        if message.type == Gst.MessageType.ERROR and message.src != self:
            if self.full and self.outlet is not None:
                self.outlet.end()
                return
            if self.broken or (self.reconnects and not self._given_up()):
                return
            self.broken, self.failure = True, getattr(message.src, "failure", None)
            error, debug = message.parse_error()
            message = Gst.Message.new_error(self, error, f"{message.src.get_name()}: {debug}")
        Gst.Bin.do_handle_message(self, message)

    def _build(self) -> None:
        self.shown = self.flowing = self.restarting = self.broken = False
        self.began = time.monotonic()  # this round: the one before may have been long
        self.inner = stream.stream(self.uri)
        self.inner.connect("autoplug-continue", self.decodes)
        self.inner.connect("pad-added", self.show)
        self.inner.connect("no-more-pads", self.check_shown)
        self.inner.connect("deep-element-added", self.configure)
        self.add(self.inner)

    @guarded(True)
    def decodes(self, _inner: Any, _pad: Any, caps: Any) -> bool:
        return stream.decodes(caps)

    @guarded(None)
    def configure(self, _bin: Any, _sub: Any, element: Any) -> None:
        stream.configure(element, self)

    @guarded(None)
    def check_shown(self, inner: Any) -> None:
        """A source that was replaced may still say this when the next one has begun."""
        if inner == self.inner and not self.shown:
            raise InputError("has no video")

    @guarded(None)
    def show(self, inner: Any, pad: Any) -> None:
        """Show the first video; after a restart it continues where the last one ended."""
        kind = stream.kind_of(pad)
        if kind not in (RAW, JPEG, PARSED) or self.shown or inner != self.inner:
            return
        self.shown = True
        if not self.live:
            pad.set_offset(self.end)
        if self.outlet is not None and self.outlet.kind != kind:  # not what the camera showed
            self.outlet.remove()
            self.outlet = None
        if self.outlet is None:
            left = max(0, self.limit - self.kept) if self.limit >= 0 else -1
            self.outlet = Outlet(self, self, kind, left, self.pass_item)
        pad.link(self.outlet.sink)
        self._offer(self.outlet.src)

    def _offer(self, end: Any) -> None:
        """Show ``end`` as our own pad, once it is known what comes there."""
        if self.pad is not None:
            if self.pad.get_target() != end:
                self.pad.set_target(end)
            return
        shown = self.get_pad_template("vsrc_%u")
        self.pad = Gst.GhostPad.new_from_template("vsrc_0", end, shown)
        self.pad.set_active(True)
        self.add_pad(self.pad)

    @guarded(Gst.PadProbeReturn.OK)
    def pass_item(self, _pad: Any, info: Any) -> Any:
        if info.type & Gst.PadProbeType.BUFFER:
            return self._pass_buffer(info.get_buffer())
        if info.get_event().type != Gst.EventType.EOS:
            return Gst.PadProbeReturn.OK
        return self._at_end()

    @property
    def full(self) -> bool:
        return bool(0 <= self.limit <= self.kept)

    def _pass_buffer(self, buffer: Any) -> Any:
        self.arrived, self.attempts, self.flowing = time.monotonic(), 0, True
        if buffer.pts != Gst.CLOCK_TIME_NONE:
            length = buffer.duration if buffer.duration != Gst.CLOCK_TIME_NONE else 0
            self.last = buffer.pts + length
        self.count += 1
        if self.drop_frame_interval > 1 and (self.count - 1) % self.drop_frame_interval:
            return Gst.PadProbeReturn.DROP
        self.kept += 1
        return Gst.PadProbeReturn.OK

    def _at_end(self) -> Any:
        if self.full:
            return Gst.PadProbeReturn.OK
        if self.file_loop and not self.live and self.count and self.watchdog is not None:
            if not self.restarting:  # a demuxer may tell of its end more than once
                self.restarting = True
                self.end += self.last
                self.watchdog.wake()
            return Gst.PadProbeReturn.DROP
        waits = self.reconnects and not self._given_up()
        return Gst.PadProbeReturn.DROP if waits else Gst.PadProbeReturn.OK

    @guarded(None)
    def restart(self) -> None:
        """Replace the inner source. The watchdog's thread alone does it: a short file can end
        before the call that started it has returned."""
        remove(self, self.inner)
        self._build()
        self.inner.sync_state_with_parent()

    def _given_up(self) -> bool:
        return bool(0 <= self.rtsp_reconnect_attempts < self.attempts)

    @guarded(False)
    def look(self) -> bool:
        """What the watchdog does; ``False`` when there is nothing more to watch over."""
        if self.restarting:
            self.restart()
        elif self.live:
            return self._look_at_camera()
        elif not self.shown and time.monotonic() - self.began > PATIENCE:
            raise InputError(f"gave no picture in {PATIENCE:g} seconds")
        return bool(self.file_loop or not self.shown)

    def _look_at_camera(self) -> bool:
        patience = self.rtsp_reconnect_interval
        if not self.flowing:
            patience = self.init_rtsp_reconnect_interval or max(patience, CONNECT)
        if time.monotonic() - self.arrived < patience:
            return True
        self.attempts += 1
        if self._given_up():
            message = f"gave no frame in {self.attempts} attempts to connect again"
            post(self, WorkError(message, where=self.get_name()))
            return False
        self.arrived = time.monotonic()
        self.restart()
        return True


ELEMENT = UriSource
