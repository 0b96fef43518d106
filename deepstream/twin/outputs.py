"""What stands behind the part that all streams share: tiles or single streams, display, sinks.

As NVIDIA's ``create_pipeline`` (``deepstream_app.c``): message sinks hang on the batches
themselves; with ``[tiled-display] enable=1`` all other sinks show the tiles, with 0 each shows the
stream of its ``source-id``, with 2 those with ``link-to-demux`` do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from deepstream.app_sections import AppConfig, MessageConverter, Sink
from deepstream.twin.draft import Draft
from deepstream.twin.encoders import NVMM, encode
from deepstream.twin.pieces import Device, RtspOut, Value
from train2edge.errors import InputError

PREVIEW = "preview"
SCREENS, MESSAGES = (2, 5, 7), 6
WINDOWS: dict[Device, str] = {"jetson": "nv3dsink", "gpu": "nveglglessink"}
Color = tuple[float, float, float, float]


class Outputs:
    """Plans everything behind the common part; gathers the files and servers it needs."""

    def __init__(
        self,
        config: AppConfig,
        draft: Draft,
        out: Path | None,
        preview: bool,
        device: Device | None = None,
    ) -> None:
        self.config, self.draft, self.out, self.preview = config, draft, out, preview
        self.device = device
        self.videos: list[Path] = []
        self.rtsp: list[RtspOut] = []

    def plan(self, tail: str) -> None:
        ends = [self._broker(number, sink) for number, sink in self._messages()]
        shown = [sink for sink in self.config.sinks if sink.type != MESSAGES]
        if self.config.tiled_display.enable == 0:
            ends += self._demuxed(shown, needed=not ends)
        else:
            if self.config.tiled_display.enable == 2:
                ends += self._beside([one for one in shown if one.link_to_demux])
            ends.append(self._tiled([one for one in shown if not one.link_to_demux]))
        if self.config.message_converter.enable:
            converter = self.config.message_converter
            tail = self.draft.behind(tail, self._converter("common_msg_conv", converter))
        self.draft.fan(tail, ends, "common_tee")

    def place(self, configured: Path | None) -> Path | None:
        if configured is None or self.out is None:
            return configured
        return self.out / configured.name

    def _messages(self) -> Iterator[tuple[int, Sink]]:
        for number, sink in enumerate(self.config.sinks):
            if sink.type == MESSAGES:
                yield number, sink

    def _broker(self, number: int, sink: Sink) -> str:
        """Converter and broker; without a converter of its own the common one is meant."""
        name = f"broker{number}"
        if not sink.msg_broker_proto_lib:
            raise InputError("a message sink has no msg-broker-proto-lib", where=sink.where)
        config = sink.msg_broker_config
        broker = self.draft.add(
            "nvmsgbroker",
            name,
            sink.where,
            proto_lib=sink.msg_broker_proto_lib,
            conn_str=sink.msg_broker_conn_str or None,
            topic=sink.topic or None,
            config=str(config) if config else None,
            comp_id=sink.msg_broker_comp_id or None,
            new_api=sink.new_api or None,
            sync=False,
        )
        queue = self.draft.queue(name)
        if sink.disable_msgconv:
            self.draft.row(queue, broker)
        else:
            self.draft.row(queue, self._converter(f"{name}_conv", sink), broker)
        return queue

    def _converter(self, name: str, one: MessageConverter) -> str:
        return self.draft.add(
            "nvmsgconv",
            name,
            one.where,
            config=str(one.msg_conv_config) if one.msg_conv_config else None,
            msg2p_lib=one.msg_conv_msg2p_lib or None,
            payload_type=one.msg_conv_payload_type,
            comp_id=one.msg_conv_comp_id or None,
            debug_payload_dir=str(one.debug_payload_dir) if one.debug_payload_dir else None,
            multiple_payloads=one.multiple_payloads or None,
            msg2p_newapi=one.msg_conv_msg2p_new_api or None,
            frame_interval=one.msg_conv_frame_interval,
        )

    def _tiled(self, sinks: Sequence[Sink]) -> str:
        tiled = self.config.tiled_display
        rows, columns = self._grid()
        self.draft.add(
            "nvmultistreamtiler",
            "tiler",
            rows=rows,
            columns=columns,
            width=tiled.width,
            height=tiled.height,
            square_seq_grid=tiled.square_seq_grid or None,
        )
        queue = self.draft.queue("tiler")
        self._displays(self.draft.row(queue, "tiler"), "", sinks)
        return queue

    def _grid(self) -> tuple[int, int]:
        """More streams than tiles: deepstream-app keeps the columns and adds rows."""
        tiled, count = self.config.tiled_display, max(1, len(self.config.sources))
        if tiled.rows * tiled.columns >= count:
            return tiled.rows, tiled.columns
        columns = tiled.columns or int(math.sqrt(count) + 0.5)
        rows = math.ceil(count / columns)
        self.draft.warnings.append(
            f"fewer tiles than streams: {rows} rows and {columns} columns, as deepstream-app does"
        )
        return rows, columns

    def _demuxed(self, sinks: Sequence[Sink], *, needed: bool) -> list[str]:
        """Without tiles a source is shown where a sink asks for it; the others go nowhere."""
        wanted = {sink.source_id for sink in sinks} | ({0} if self.preview else set())
        numbers = sorted(wanted & set(range(self.config.most_streams)))
        if not numbers and needed:
            raise InputError("no sink's source-id is that of a source", where=str(self.config.path))
        return [self._demux(numbers, sinks)] if numbers else []

    def _beside(self, sinks: Sequence[Sink]) -> list[str]:
        """The demuxer beside the tiles; deepstream-app serves one source with it."""
        if not sinks:
            message = "[tiled-display] enable=2 needs a sink with link-to-demux=1"
            raise InputError(message, where=str(self.config.path))
        chosen = sinks[0].source_id
        for sink in sinks:
            if sink.source_id != chosen:
                self.draft.warnings.append(
                    f"{sink.where}: left out, as deepstream-app does: source {chosen} has the"
                    " demuxer already"
                )
        if chosen >= self.config.most_streams:
            raise InputError(f"source-id={chosen}: no such source", where=sinks[0].where)
        return [self._demux([chosen], sinks, logged=False)]

    def _demux(self, numbers: Sequence[int], sinks: Sequence[Sink], *, logged: bool = True) -> str:
        queue = self.draft.queue("demux")
        self.draft.row(queue, self.draft.add("nvstreamdemux", "demux"))
        for number in numbers:
            mine = [one for one in sinks if one.source_id == number]
            self._displays(f"demux.src_{number}", str(number), mine, logged=logged)
        return queue

    def _displays(
        self, tail: str, suffix: str, sinks: Sequence[Sink], *, logged: bool = True
    ) -> None:
        if self.config.osd.enable:
            tail = self._osd(tail, suffix)
        if logged:
            tail = self._logger(tail, suffix)
        ends = list(self._ends(suffix, sinks))
        self.draft.fan(tail, ends, f"tee{suffix}")

    def _logger(self, tail: str, suffix: str) -> str:
        """One for all sinks, as the first that asks for it wants it; in DeepStream 9 it is silent
        unless told otherwise, in older releases it has no switches."""
        asks = next((one for one in self.config.sinks if one.nvdslogger), None)
        if asks is None:
            return tail
        if not asks.show_fps and not asks.show_latency and not self.device:
            self.draft.warnings.append(
                f"{asks.where}: nvdslogger=1 prints nothing since DeepStream 9 without show-fps=1"
                " or show-latency=1"
            )
        silent = None if self.device else False
        logger = self.draft.add(
            "nvdslogger",
            f"logger{suffix}",
            asks.where,
            show_fps=asks.show_fps or silent,
            show_latency=asks.show_latency or silent,
        )
        return self.draft.behind(tail, logger)

    def _osd(self, tail: str, suffix: str) -> str:
        osd = self.config.osd
        display = self.draft.add(
            "nvdsosd",
            f"osd{suffix}",
            osd.where,
            display_text=osd.display_text,
            display_bbox=osd.display_bbox,
            **({} if self.device else self._style()),
        )
        return self.draft.row(
            tail,
            self.draft.queue(f"osd{suffix}"),
            self.draft.add("nvvideoconvert", f"osd{suffix}_convert"),
            self.draft.add("capsfilter", f"osd{suffix}_caps", caps=f"{NVMM},format=RGBA"),
            display,
        )

    def _style(self) -> dict[str, Value]:
        """deepstream-app writes its style into the metadata; the twin's display does it itself."""
        osd, colors = self.config.osd, self.config.primary_gie.border_colors
        return {
            "app_style": True,
            "border_width": osd.border_width,
            "text_size": osd.text_size,
            "text_color": _color(osd.text_color),
            "text_bg_color": _color(osd.text_bg_color),
            "show_ids": self.config.tracker.display_tracking_id,
            "class_colors": "|".join(f"{number}:{_color(color)}" for number, color in colors),
        }

    def _ends(self, suffix: str, sinks: Sequence[Sink]) -> Iterator[str]:
        """The first piece of every sink; where there is none, the frames go nowhere."""
        watched = self.preview and suffix in ("", "0")
        for number, sink in enumerate(sinks):
            name = f"sink{suffix}_{number}"
            if sink.type == 3:
                yield self._file(name, sink)
            elif sink.type == 4:
                yield self._rtsp(name, sink)
            elif sink.type in SCREENS and self.device:
                yield self._screen(name, sink, self.device)
            else:
                yield self._nowhere(name, sink)
        if watched:
            yield self._preview(f"{PREVIEW}{suffix}")
        if not sinks and not watched:
            yield self._nowhere(f"sink{suffix}_0", Sink(sync=False))

    def _screen(self, name: str, sink: Sink, device: Device) -> str:
        queue = self.draft.queue(name)
        end = self.draft.add(WINDOWS[device], name, sink.where, sync=sink.sync)
        self.draft.row(queue, end)
        return queue

    def _nowhere(self, name: str, sink: Sink) -> str:
        if sink.type in SCREENS and not self.preview:
            self.draft.warnings.append(
                f"{sink.where}: the CPU twin opens no window; --preview PORT shows the picture in"
                " a browser"
            )
        queue = self.draft.queue(name)
        end = self.draft.add("fakesink", name, sink.where, sync=sink.sync, enable_last_sample=False)
        self.draft.row(queue, end)
        return queue

    def _preview(self, name: str) -> str:
        queue = self.draft.queue(name, leaky="downstream")
        self.draft.row(
            queue,
            self.draft.add("nvvideoconvert", f"{name}_convert"),
            self.draft.add("capsfilter", f"{name}_caps", caps="video/x-raw,format=I420"),
            self.draft.add("jpegenc", f"{name}_jpeg", quality=85),
            self.draft.add("appsink", PREVIEW, max_buffers=1, drop=True, sync=False),
        )
        return queue

    def _file(self, name: str, sink: Sink) -> str:
        target = self.place(sink.output_file)
        if target is None:
            raise InputError("a file sink has no output-file", where=sink.where)
        self.videos.append(target)
        head, tail = encode(self.draft, name, sink)
        muxer = "mp4mux" if sink.container == 1 else "matroskamux"
        self.draft.row(
            tail,
            self.draft.add(muxer, f"{name}_mux"),
            self.draft.add("filesink", name, location=str(target), sync=sink.sync),
        )
        return head

    def _rtsp(self, name: str, sink: Sink) -> str:
        coding = {1: "h264", 2: "h265"}.get(sink.codec)
        if coding is None:
            raise InputError("RTSP is sent as H.264 or H.265", where=sink.where, hint="codec=1")
        head, tail = encode(self.draft, name, sink)
        self.rtsp.append(RtspOut(sink.rtsp_port, sink.udp_port, coding.upper()))
        send = self.draft.add("udpsink", name, host="127.0.0.1", port=sink.udp_port, sync=sink.sync)
        pay = self.draft.add(f"rtp{coding}pay", f"{name}_pay", config_interval=1)
        self.draft.row(tail, pay, send)
        return head


def _color(color: Color) -> str:
    return ";".join(f"{value:g}" for value in color)
