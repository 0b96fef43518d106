"""``nvmultiurisrcbin``: batches of many addresses, which come and go by a REST interface.

It is made of ``nvurisrcbin`` and ``nvstreammux`` (NVIDIA, "Gst-nvmultiurisrcbin"). A stream that
fails is taken out with a warning, and the others go on.
"""

from __future__ import annotations

import re
import threading
from typing import Any

from deepstream.twin.elements.nvmm import either, make, put, template
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.guard import guarded, warn
from deepstream.twin.source import settings
from deepstream.twin.source.ending import end
from deepstream.twin.source.outlet import remove
from deepstream.twin.source.rest import RestServer
from deepstream.twin.source.sensors import Refused, Sensor, Sensors, of_lists
from deepstream.twin.source.settings import SourceSettings
from train2edge.errors import InputError

OFF = "0"  # the port that means: no REST interface
AUDIO = 1
MUX = (  # properties that are handed on to nvstreammux, where it has them
    "width", "height", "batched-push-timeout", "live-source", "enable-padding", "sync-inputs",
    "max-latency", "drop-pipeline-eos", "frame-num-reset-on-eos", "config-file-path",
    "frame-num-reset-on-stream-reset", "attach-sys-ts", "num-surfaces-per-frame",
    "nvbuf-memory-type", "interpolation-method", "compute-hw", "buffer-pool-size", "async-process",
)  # fmt: skip


class MultiUriSource(SourceSettings, Gst.Bin):  # type: ignore[misc]
    """``port`` 0 is no REST interface. Of NVIDIA's modes there is video alone."""

    __gtype_name__ = "nvmultiurisrcbin"
    __gstmetadata__ = ("Many addresses", "Generic/Bin/Source", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("src", either()),)

    uri_list = GObject.Property(type=str, default="", nick="comma-separated")
    sensor_id_list = GObject.Property(type=str, default="", nick="comma-separated")
    sensor_name_list = GObject.Property(type=str, default="", nick="comma-separated")
    ip_address = GObject.Property(type=str, default="localhost")
    port = GObject.Property(type=str, default="9000")
    max_batch_size = GObject.Property(type=GObject.TYPE_UINT, default=30)
    mode = GObject.Property(type=int, default=0)
    drop_on_latency = GObject.Property(type=bool, default=True)

    width = GObject.Property(type=GObject.TYPE_UINT, default=0)
    height = GObject.Property(type=GObject.TYPE_UINT, default=0)
    batched_push_timeout = GObject.Property(type=int, default=-1, nick="microseconds")
    live_source = GObject.Property(type=bool, default=False)
    enable_padding = GObject.Property(type=bool, default=False)
    sync_inputs = GObject.Property(type=bool, default=False)
    max_latency = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="nanoseconds")
    drop_pipeline_eos = GObject.Property(type=bool, default=False)
    frame_num_reset_on_eos = GObject.Property(type=bool, default=False)
    frame_num_reset_on_stream_reset = GObject.Property(type=bool, default=False)
    config_file_path = GObject.Property(type=str, default="", nick="of the new nvstreammux")
    attach_sys_ts = GObject.Property(type=bool, default=True)
    num_surfaces_per_frame = GObject.Property(type=GObject.TYPE_UINT, default=1)
    nvbuf_memory_type = GObject.Property(type=int, default=0)
    interpolation_method = GObject.Property(type=int, default=1)
    compute_hw = GObject.Property(type=int, default=0)
    buffer_pool_size = GObject.Property(type=GObject.TYPE_UINT, default=4)
    async_process = GObject.Property(type=bool, default=True)

    # Of embedded timestamps, other processes and error messages to a broker: taken, unused.
    frame_duration = GObject.Property(type=int, default=0, nick="milliseconds")
    sei_uuid = GObject.Property(type=str, default="")
    extract_sei_type5_data = GObject.Property(type=bool, default=False)
    extract_sei_type5_data_dec = GObject.Property(type=bool, default=False)
    extract_sei_sim_time = GObject.Property(type=bool, default=False)
    drop_backward_sei = GObject.Property(type=bool, default=False)
    sort_batch = GObject.Property(type=bool, default=False)
    cache_buffer = GObject.Property(type=bool, default=False)
    cache_buffer_timeout = GObject.Property(type=int, default=-1)
    align_first_buffer = GObject.Property(type=bool, default=False)
    sync_inputs_ntp = GObject.Property(type=int, default=0)
    simulate_fps_interval_ms = GObject.Property(type=GObject.TYPE_UINT, default=0)
    enable_error_propagation = GObject.Property(type=bool, default=False)
    proto_lib = GObject.Property(type=str, default="")
    conn_str = GObject.Property(type=str, default="")
    topic = GObject.Property(type=str, default="")

    def __init__(self) -> None:
        super().__init__()
        put(self, async_handling=True)  # of sources that come: as nvurisrcbin's own
        self.failure: Exception | None = None
        self.server: RestServer | None = None
        self.sensors, self.closing = Sensors(0), True
        self.changing = threading.RLock()
        self.mux: Any = None
        # Without a target: parts send messages, and Python may not be asked of an element before
        # it is made.
        shown = self.get_pad_template("src")
        self.outlet = Gst.GhostPad.new_no_target_from_template("src", shown)
        self.add_pad(self.outlet)

    @guarded(Gst.StateChangeReturn.FAILURE)
    def do_change_state(self, transition: Any) -> Any:
        if transition == Gst.StateChange.NULL_TO_READY:
            self._start()
        elif transition == Gst.StateChange.PAUSED_TO_READY:
            self._close_server()
        result = Gst.Bin.do_change_state(self, transition)
        if transition == Gst.StateChange.READY_TO_NULL:
            self._clear()
        return result

    def _start(self) -> None:
        where = self.get_name()
        if self.mode == AUDIO:
            raise InputError("mode=1: the CPU twin has no sound", where=where, hint="write mode=0")
        if not (self.port.isdecimal() and int(self.port) < 65536):
            hint = "0 is no REST interface"
            raise InputError(f"port={self.port} is not in 0..65535", where=where, hint=hint)
        self.sensors, self.closing = Sensors(self.max_batch_size), False
        self._make_mux()
        for uri, camera_id, name in of_lists(
            self.uri_list, self.sensor_id_list, self.sensor_name_list
        ):
            try:
                self.add_sensor(uri, camera_id, name)
            except Refused as refused:
                raise InputError(f"uri-list: {uri}: {refused}", where=where) from None
        if self.port != OFF:
            self.server = RestServer(self.ip_address, int(self.port), self)

    def _make_mux(self) -> None:
        self.mux = make("nvstreammux", batch_size=max(1, self.max_batch_size))
        for name in MUX:
            if self.mux.find_property(name) is not None:
                self.mux.set_property(name, self.get_property(name))
        self.add(self.mux)
        self.outlet.set_target(self.mux.get_static_pad("src"))

    def _close_server(self) -> None:
        """Requests that came before are not waited for: one may wait for the streams to stop."""
        self.closing = True
        server, self.server = self.server, None
        if server is not None:
            server.close()

    def _clear(self) -> None:
        self._close_server()
        with self.changing:
            for sensor in self.sensors.listed():
                self._take_out(sensor.source_id)
            if self.mux is not None:
                self.outlet.set_target(None)
                remove(self, self.mux)
                self.mux = None

    def add_sensor(self, uri: str, camera_id: str, camera_name: str) -> None:
        """Play one stream more; ``Refused`` says why not."""
        with self.changing:
            if self.closing:
                raise Refused("Failed to add source stream: the pipeline has ended")
            if len(self.sensors.known) >= self.sensors.most:
                self._forget_ended()
            sensor = self.sensors.add(uri, camera_id, camera_name)
            source = Gst.ElementFactory.make("nvurisrcbin", _name(sensor.source_id))
            settings.copy(self, source)
            source.set_property("uri", uri)
            source.set_property("source-id", sensor.source_id)
            source.set_property("sensor-id", camera_id)
            self.add(source)
            inlet = self.mux.request_pad_simple(f"sink_{sensor.source_id}")
            source.connect("pad-added", _link, inlet)
            source.sync_state_with_parent()
            self._tell("stream-add", sensor)

    def remove_sensor(self, uri: str, camera_id: str) -> None:
        """Take a stream out while the others run on; ``Refused`` if there is no such stream."""
        with self.changing:
            self._take_out(self.sensors.find(uri, camera_id).source_id)

    def listed(self) -> list[Sensor]:
        with self.changing:
            return self.sensors.listed()

    def ready(self) -> bool:
        """Whether the pipeline plays, or waits to."""
        return bool(self.current_state >= Gst.State.PAUSED)

    def _take_out(self, source_id: int) -> None:
        sensor, source = self.sensors.drop(source_id), self.get_by_name(_name(source_id))
        if sensor is None:
            return
        source.set_locked_state(True)  # else the bin may start it once more, as it does others
        source.set_state(Gst.State.NULL)
        self.mux.release_request_pad(self.mux.get_static_pad(f"sink_{source_id}"))
        remove(self, source)
        self._tell("stream-remove", sensor)

    def _forget_ended(self) -> None:
        """Streams that have ended make room for others."""
        for sensor in self.sensors.listed():
            pad = self.get_by_name(_name(sensor.source_id)).get_static_pad("vsrc_0")
            if pad is not None and pad.get_sticky_event(Gst.EventType.EOS, 0) is not None:
                self._take_out(sensor.source_id)

    def _tell(self, what: str, sensor: Sensor) -> None:
        """NVIDIA's message to the program that a stream has come or gone."""
        told = Gst.Structure.new_empty(what)
        told.set_value("source-id", GObject.Value(GObject.TYPE_UINT, sensor.source_id))
        told.set_value("sensor-id", sensor.camera_id)
        told.set_value("sensor-name", sensor.camera_name)
        told.set_value("uri", sensor.uri)
        self.post_message(Gst.Message.new_element(self, told))

    @guarded(None)
    def do_handle_message(self, message: Any) -> None:
        """The failure of one stream is a warning, as long as another one plays or may come."""
        number = _number(message.src) if message.type == Gst.MessageType.ERROR else None
        if number is None or (self.server is None and len(self.sensors.known) <= 1):
            Gst.Bin.do_handle_message(self, message)
            return
        warn(self, f"stream {number} is taken out: {_why(message)}")
        threading.Thread(target=self._drop, args=(number,), daemon=True).start()

    def _drop(self, source_id: int) -> None:
        """In a thread of its own: a stream's thread cannot take its own source out."""
        with self.changing:
            self._take_out(source_id)

    @guarded(False)
    def do_send_event(self, event: Any) -> bool:
        """An end is an end at once: a camera that is stuck would never pass it on."""
        if event.type != Gst.EventType.EOS:
            return bool(Gst.Bin.do_send_event(self, event))
        put(self.mux, drop_pipeline_eos=False)
        pads = self.mux.sinkpads
        for pad in pads:
            end(pad)
        return bool(pads) or bool(self.mux.get_static_pad("src").push_event(event))


def _name(source_id: int) -> str:
    return f"stream_{source_id}"


def _why(message: Any) -> str:
    """The error, and why the stream stopped: "Internal data stream error." says it for all."""
    error, details = message.parse_error()
    reason = re.search(r"reason [a-z-]+", details or "")
    return f"{error.message} ({reason[0]})" if reason else str(error.message)


def _number(element: Any) -> int | None:
    """Which of the streams ``element`` plays."""
    name = element.get_name()
    is_ours = isinstance(element.get_parent(), MultiUriSource) and name.startswith("stream_")
    return int(name.removeprefix("stream_")) if is_ours else None


def _link(_source: Any, pad: Any, inlet: Any) -> None:
    pad.link(inlet)


ELEMENT = MultiUriSource
