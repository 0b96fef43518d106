"""``nvurisrcbin``: any address to raw frames; reconnects cameras, plays files again.

rtspsrc never reconnects by itself, and a frozen server sends no message at all: a watchdog
rebuilds the inner source when no frame came for ``rtsp-reconnect-interval`` seconds.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from deepstream.twin.elements.jpeg import JpegDecoder
from deepstream.twin.elements.limit import Limit
from deepstream.twin.elements.nvmm import either, make, row, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded, post
from train2edge.errors import InputError, WorkError

WATCH = 0.5  # seconds between two looks of the watchdog
CONNECT = 10.0  # seconds that a camera has at least for its first picture: a key frame must come
# Seconds until the first picture of a file. decodebin (1.22) now and then loses the error of a
# demuxer that fails while it is being plugged in, and then nothing would ever happen.
PATIENCE = 20.0
RAW, JPEG = "video/x-raw", "image/jpeg"
TCP = 4  # GstRTSPLowerTrans
QUEUED = 4  # frames of a leaky queue whose size was not given
KEY_FRAMES = 2  # dec-skip-frames
KLASS = Gst.ELEMENT_METADATA_KLASS


class UriSource(Gst.Bin):  # type: ignore[misc]
    __gtype_name__ = "nvurisrcbin"
    __gstmetadata__ = ("Address source", "Generic/Bin/Source", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("vsrc_%u", either(), Gst.PadPresence.SOMETIMES),)

    uri = GObject.Property(type=str, default="")
    file_loop = GObject.Property(type=bool, default=False)
    limit = GObject.Property(type=int, default=-1, nick="the twin's own: frames until the end")
    latency = GObject.Property(type=GObject.TYPE_UINT, default=100, nick="milliseconds")
    drop_on_latency = GObject.Property(type=bool, default=False)
    buffer_mode = GObject.Property(type=int, default=-1, nick="of the jitter buffer, -1: its own")
    udp_buffer_size = GObject.Property(type=GObject.TYPE_UINT, default=524288, nick="bytes")
    select_rtp_protocol = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="4: TCP alone")
    rtsp_reconnect_interval = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="seconds")
    init_rtsp_reconnect_interval = GObject.Property(
        type=GObject.TYPE_UINT, default=0, nick="seconds for the first picture"
    )
    rtsp_reconnect_attempts = GObject.Property(type=int, default=-1)
    drop_frame_interval = GObject.Property(type=GObject.TYPE_UINT, default=0)
    dec_skip_frames = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="2: key frames")
    disable_audio = GObject.Property(type=bool, default=True)
    leaky = GObject.Property(type=int, default=0)
    max_size_buffers = GObject.Property(type=GObject.TYPE_UINT, default=0)

    # Of the decoder's memory, of recordings and of an application's own numbering: taken, unused.
    source_id = GObject.Property(type=int, default=-1)
    sensor_id = GObject.Property(type=str, default="")
    type = GObject.Property(type=int, default=0)
    num_extra_surfaces = GObject.Property(type=GObject.TYPE_UINT, default=1)
    cudadec_memtype = GObject.Property(type=GObject.TYPE_UINT, default=0)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    disable_passthrough = GObject.Property(type=bool, default=False)
    low_latency_mode = GObject.Property(type=bool, default=False)
    smart_record = GObject.Property(type=int, default=0)
    smart_rec_dir_path = GObject.Property(type=str, default="")
    smart_rec_file_prefix = GObject.Property(type=str, default="")
    smart_rec_cache = GObject.Property(type=GObject.TYPE_UINT, default=20)
    smart_rec_container = GObject.Property(type=int, default=0)
    smart_rec_mode = GObject.Property(type=int, default=0)
    smart_rec_default_duration = GObject.Property(type=GObject.TYPE_UINT, default=20)

    def __init__(self) -> None:
        super().__init__()
        self.inner: Any = None
        self.finishers: list[Any] = []
        self.outlet: Any = None
        self.shown = self.flowing = self.restarting = self.broken = False
        self.failure: Exception | None = None
        self.arrived = 0.0
        self.end = self.last = 0  # nanoseconds: end of the rounds before, of the last frame
        self.count = self.kept = 0
        self.attempts = 0
        self.watchdog: threading.Thread | None = None
        self.stopping = threading.Event()
        self.replacing = threading.Lock()

    @property
    def live(self) -> bool:
        return bool(self.uri.startswith(("rtsp://", "rtsps://")))

    @property
    def reconnects(self) -> bool:
        return self.live and bool(self.rtsp_reconnect_interval)

    @guarded(Gst.StateChangeReturn.FAILURE)
    def do_change_state(self, transition: Any) -> Any:
        if transition == Gst.StateChange.NULL_TO_READY:
            self.stopping.clear()
            self._build()
            if self.uri.startswith("file://"):
                threading.Thread(target=self._expect, daemon=True).start()
        elif transition == Gst.StateChange.PAUSED_TO_PLAYING and self.reconnects:
            self._watch()
        elif transition == Gst.StateChange.PAUSED_TO_READY:
            self.stopping.set()
        return Gst.Bin.do_change_state(self, transition)

    @guarded(None)
    def do_handle_message(self, message: Any) -> None:
        """A camera that fails is tried again: its errors are not the pipeline's. Any other source
        tells of its first error itself: who reads of it later may find the element inside gone.
        Nor is it one what a decoder says when nobody takes more of it."""
        if message.type == Gst.MessageType.ERROR and message.src != self:
            if self.full:
                self.finishers[-1].end()
                return
            if self.broken or (self.reconnects and not self._given_up()):
                return
            self.broken, self.failure = True, getattr(message.src, "failure", None)
            error, debug = message.parse_error()
            message = Gst.Message.new_error(self, error, f"{message.src.get_name()}: {debug}")
        Gst.Bin.do_handle_message(self, message)

    def _build(self) -> None:
        self.shown = self.flowing = self.restarting = self.broken = False
        self.inner = make("uridecodebin")
        self.inner.set_property("uri", self.uri)
        self.inner.connect("autoplug-continue", self.decodes)
        self.inner.connect("pad-added", self.show)
        self.inner.connect("no-more-pads", self.check_shown)
        self.inner.connect("deep-element-added", self.configure)
        self.add(self.inner)

    @guarded(None)
    def configure(self, _bin: Any, _sub: Any, element: Any) -> None:
        factory = element.get_factory()
        if factory is None:  # a part of one of the twin's own elements
            return
        if factory.get_name() == "rtspsrc":
            self._configure_rtsp(element)
        elif self.dec_skip_frames == KEY_FRAMES and "Decoder/Video" in factory.get_metadata(KLASS):
            pad = element.get_static_pad("sink")
            pad.add_probe(Gst.PadProbeType.BUFFER, _pass_key)

    def _configure_rtsp(self, element: Any) -> None:
        element.set_property("latency", self.latency)
        element.set_property("drop-on-latency", self.drop_on_latency)
        element.set_property("udp-buffer-size", self.udp_buffer_size)
        if self.buffer_mode >= 0:
            element.set_property("buffer-mode", self.buffer_mode)
        if self.select_rtp_protocol == TCP:
            Gst.util_set_object_arg(element, "protocols", "tcp")

    @guarded(True)
    def decodes(self, _inner: Any, _pad: Any, caps: Any) -> bool:
        """Sound stays as it is: nobody takes it. JPEGs have a decoder of our own."""
        return not _kind(caps).startswith(("audio/", JPEG))

    @guarded(None)
    def check_shown(self, inner: Any) -> None:
        """A source that was replaced may still say this when the next one has begun."""
        if inner == self.inner and not self.shown:
            raise InputError("has no video")

    @guarded(None)
    def show(self, inner: Any, pad: Any) -> None:
        """Show the first video; after a restart it continues where the last one ended."""
        kind = _kind(pad.get_current_caps() or pad.query_caps(None))
        if kind not in (RAW, JPEG) or self.shown or inner != self.inner:
            return
        self.shown = True
        kinds = Gst.PadProbeType.BUFFER | Gst.PadProbeType.EVENT_DOWNSTREAM
        pad.add_probe(kinds, self.pass_item)
        if not self.live:
            pad.set_offset(self.end)
        end = self._finish(pad, self._finishers(pad, kind))
        if self.outlet is not None:
            self.outlet.set_target(end)
            return
        shown = self.get_pad_template("vsrc_%u")
        self.outlet = Gst.GhostPad.new_from_template("vsrc_0", end, shown)
        self.outlet.set_active(True)
        self.add_pad(self.outlet)

    def _finishers(self, pad: Any, kind: str) -> list[Any]:
        """What must stand behind the pad: a decoder of JPEGs, and the end at the limit."""
        finishers = []
        if kind == JPEG:
            # A parser leaves broken pictures out, and later frames would get wrong numbers.
            framed = "parsed=(boolean)true" in pad.get_current_caps().to_string()
            finishers += [JpegDecoder()] if framed else [make("jpegparse"), JpegDecoder()]
        if self.max_size_buffers or self.leaky:
            most = self.max_size_buffers or QUEUED
            finishers.append(make("queue", max_size_buffers=most, leaky=self.leaky))
        if self.limit >= 0:
            end = Limit()
            end.left = max(0, self.limit - self.kept)
            finishers.append(end)
        return finishers

    def _finish(self, pad: Any, finishers: list[Any]) -> Any:
        """Link ``finishers`` behind ``pad``; gives the pad that is the last."""
        self.finishers = finishers
        row(self, *finishers)
        for element in finishers:
            element.sync_state_with_parent()
        if not finishers:
            return pad
        pad.link(finishers[0].get_static_pad("sink"))
        return finishers[-1].get_static_pad("src")

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
        if self.file_loop and not self.live and self.count:
            if not self.restarting:  # a demuxer may tell of its end more than once
                self.restarting = True
                self.end += self.last
                self.call_async(UriSource.restart)
            return Gst.PadProbeReturn.DROP
        waits = self.reconnects and not self._given_up()
        return Gst.PadProbeReturn.DROP if waits else Gst.PadProbeReturn.OK

    @guarded(None)
    def restart(self, *_user_data: Any) -> None:
        """Replace the inner source; runs outside every streaming thread.

        One at a time: a short file can end before the call that started it has returned, and a
        source that is taken out while it starts would show its pad outside of this bin.
        """
        with self.replacing:
            if self.stopping.is_set():
                return
            if self.outlet is not None:
                self.outlet.set_target(None)
            for old in (self.inner, *self.finishers):
                # Else the pipeline, in the middle of a change of its own, starts it once more.
                old.set_locked_state(True)
                old.set_state(Gst.State.NULL)
                self.remove(old)
            self.finishers = []
            self._build()
            self.inner.sync_state_with_parent()

    def _given_up(self) -> bool:
        return bool(0 <= self.rtsp_reconnect_attempts < self.attempts)

    def _expect(self) -> None:
        if not self.stopping.wait(PATIENCE) and not self.shown:
            post(self, InputError(f"gave no picture in {PATIENCE:g} seconds"))

    def _watch(self) -> None:
        self.arrived = time.monotonic()
        if self.watchdog is None or not self.watchdog.is_alive():
            self.watchdog = threading.Thread(target=self._look, daemon=True)
            self.watchdog.start()

    def _look(self) -> None:
        while not self.stopping.wait(WATCH):
            patience = self.rtsp_reconnect_interval
            if not self.flowing:
                patience = self.init_rtsp_reconnect_interval or max(patience, CONNECT)
            if time.monotonic() - self.arrived < patience:
                continue
            self.attempts += 1
            if self._given_up():
                message = f"gave no frame in {self.attempts} attempts to connect again"
                post(self, WorkError(message, where=self.get_name()))
                return
            self.arrived = time.monotonic()
            self.restart()


def _pass_key(_pad: Any, info: Any) -> Any:
    delta = info.get_buffer().has_flags(Gst.BufferFlags.DELTA_UNIT)
    return Gst.PadProbeReturn.DROP if delta else Gst.PadProbeReturn.OK


def _kind(caps: Any) -> str:
    return str(caps.get_structure(0).get_name()) if caps.get_size() else ""


ELEMENT = UriSource
