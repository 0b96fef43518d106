"""Which elements deepstream-app would build of a configuration, as plain data.

The order follows NVIDIA's ``create_pipeline`` (``deepstream_app.c``): sources, mux, network,
tracker, then either the tiler or the demuxer, and behind it display and sinks.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from deepstream.app_config import AppConfig, Color, Sink, Source
from deepstream.twin.pieces import Link, Piece, RtspOut, TwinPlan, Value
from deepstream.twin.tracker import read_settings
from train2edge.errors import InputError
from train2edge.runtime import Engine

NVMM = "video/x-raw(memory:NVMM)"
MUX, NETWORK, TRACKER = "mux", "primary_gie", "tracker"
PREVIEW = "preview"
BUFFERS = 4  # of a queue: enough to overlap threads, little enough to keep memory small


def plan(
    config: AppConfig,
    out: Path | None = None,
    *,
    engine: Engine = "auto",
    limit: int | None = None,
    preview: bool = False,
) -> TwinPlan:
    """Decide the pipeline of ``config``.

    ``out`` takes the place of the folders that the configuration names, ``limit`` is a number of
    frames for each source. ``InputError`` for what the twin cannot run.
    """
    return _Planner(config, out, engine, limit, preview).plan()


class _Planner:
    def __init__(
        self, config: AppConfig, out: Path | None, engine: Engine, limit: int | None, preview: bool
    ) -> None:
        self.config, self.out, self.engine, self.limit = config, out, engine, limit
        self.preview = preview
        self.pieces: list[Piece] = []
        self.links: list[Link] = []
        self.videos: list[Path] = []
        self.rtsp: list[RtspOut] = []
        self.warnings: list[str] = [*config.warnings]

    def plan(self) -> TwinPlan:
        self._check()
        self._sources()
        tail = self._network(MUX)
        counted = tail = self._tracker(tail)
        self._outputs(tail)
        application = self.config.application
        tracked = self.config.tracker.enable
        return TwinPlan(
            pieces=tuple(self.pieces),
            links=tuple(self.links),
            uris=tuple(source.uri for source in self.config.sources),
            counted=counted,
            kitti=self._place(application.gie_kitti_output_dir),
            kitti_track=self._place(application.kitti_track_output_dir) if tracked else None,
            videos=tuple(self.videos),
            rtsp=tuple(self.rtsp),
            perf_interval=application.perf_measurement_interval_sec
            if application.enable_perf_measurement
            else None,
            warnings=tuple(self.warnings),
        )

    def _check(self) -> None:
        where = str(self.config.path)
        if not self.config.sources:
            raise InputError("no source is enabled", where=where)
        if not self.config.sinks and not self.preview:
            raise InputError("no sink is enabled", where=where)
        for number, source in enumerate(self.config.sources):
            if source.type not in (2, 3, 4):
                raise InputError(
                    f"source {number} is of type {source.type}; the CPU twin reads 2 and 3"
                    " (addresses) and 4 (RTSP)",
                    where=where,
                )
        for name in self.config.other:
            if name.startswith(("secondary-gie", "pre-process", "source-list")):
                raise InputError(f"the CPU twin has no [{name}]", where=where)
            self.warnings.append(f"the CPU twin leaves [{name}] out")

    def add(self, factory: str, name: str, **properties: Value | None) -> str:
        """Add a piece; ``_`` in a property's name stands for ``-``, ``None`` leaves it out."""
        given = {key.replace("_", "-"): one for key, one in properties.items() if one is not None}
        self.pieces.append(Piece(factory, name, given))
        return name

    def row(self, *names: str) -> str:
        """Link pieces one after the other; gives the last."""
        self.links += [Link(a, b) for a, b in pairwise(names)]
        return names[-1]

    def queue(self, name: str, **properties: Value) -> str:
        return self.add(
            "queue",
            f"{name}_queue",
            max_size_buffers=BUFFERS,
            max_size_bytes=0,
            max_size_time=0,
            **properties,
        )

    def _sources(self) -> None:
        mux = self.config.streammux
        live = mux.live_source or any(source.live for source in self.config.sources)
        self.add(
            "nvstreammux",
            MUX,
            width=mux.width,
            height=mux.height,
            batch_size=mux.batch_size,
            batched_push_timeout=mux.batched_push_timeout,
            live_source=live,
            enable_padding=mux.enable_padding,
        )
        if not (mux.width and mux.height):
            where = str(self.config.path)
            raise InputError("[streammux] needs width and height", where=where)
        for number, source in enumerate(self.config.sources):
            self.links.append(Link(self._source(number, source), f"{MUX}.sink_{number}"))

    def _source(self, number: int, source: Source) -> str:
        self.add(
            "nvurisrcbin",
            f"source{number}",
            uri=source.uri,
            limit=self.limit,
            file_loop=True if self.config.file_loop and not source.live else None,
            drop_frame_interval=source.drop_frame_interval or None,
            latency=source.latency if source.live else None,
            select_rtp_protocol=source.select_rtp_protocol or None,
            rtsp_reconnect_interval=source.rtsp_reconnect_interval_sec or None,
            rtsp_reconnect_attempts=source.rtsp_reconnect_attempts if source.live else None,
        )
        return f"source{number}.vsrc_0"

    def _network(self, tail: str) -> str:
        gie = self.config.primary_gie
        if not gie.enable:
            return tail
        if gie.plugin_type != 0:
            raise InputError(
                f"[primary-gie] plugin-type={gie.plugin_type}: the CPU twin has nvinfer (0) alone",
                where=str(self.config.path),
            )
        self.add(
            "nvinfer",
            NETWORK,
            config_file_path=str(gie.config_file),
            batch_size=gie.batch_size or None,
            interval=gie.interval if gie.interval >= 0 else None,
            unique_id=gie.gie_unique_id or None,
            engine=self.engine,
        )
        return self.row(tail, self.queue(NETWORK), NETWORK)

    def _tracker(self, tail: str) -> str:
        tracker = self.config.tracker
        if not tracker.enable:
            return tail
        file = tracker.ll_config_file
        if file is not None and not file.is_file():
            self.warnings.append(f"{file} is not here: the tracker takes its own defaults")
            file = None
        if file is not None:
            missing = read_settings(file).left_out
            self.warnings += [f"the CPU twin tracks by overlap, without {one}" for one in missing]
        self.add(
            "nvtracker",
            TRACKER,
            ll_config_file=str(file) if file else None,
            tracker_width=tracker.tracker_width,
            tracker_height=tracker.tracker_height,
            display_tracking_id=tracker.display_tracking_id,
        )
        return self.row(tail, self.queue(TRACKER), TRACKER)

    def _outputs(self, tail: str) -> None:
        tiled = self.config.tiled_display
        if tiled.enable:
            self.add(
                "nvmultistreamtiler",
                "tiler",
                rows=tiled.rows,
                columns=tiled.columns,
                width=tiled.width,
                height=tiled.height,
            )
            self._displays(self.row(tail, self.queue("tiler"), "tiler"), "", self.config.sinks)
            return
        self.row(tail, self.queue("demux"), self.add("nvstreamdemux", "demux"))
        self._demuxed()

    def _demuxed(self) -> None:
        """Without tiles a source is shown where a sink asks for it; the others go nowhere."""
        shown = 0
        for number in range(len(self.config.sources)):
            sinks = tuple(one for one in self.config.sinks if one.source_id == number)
            if sinks or (self.preview and number == 0):
                self._displays(f"demux.src_{number}", str(number), sinks)
                shown += 1
        if not shown:
            raise InputError("no sink's source-id is that of a source", where=str(self.config.path))

    def _displays(self, tail: str, suffix: str, sinks: tuple[Sink, ...]) -> None:
        if self.config.osd.enable:
            tail = self._osd(tail, suffix)
        ends = list(self._ends(suffix, sinks))
        if len(ends) == 1:
            self.links.append(Link(tail, ends[0]))
            return
        tee = self.add("tee", f"tee{suffix}")
        self.links.append(Link(tail, tee))
        self.links += [Link(tee, end) for end in ends]

    def _osd(self, tail: str, suffix: str) -> str:
        osd = self.config.osd
        display = self.add(
            "nvdsosd",
            f"osd{suffix}",
            display_text=osd.display_text,
            display_bbox=osd.display_bbox,
            app_style=True,
            border_width=osd.border_width,
            text_size=osd.text_size,
            text_color=_color(osd.text_color),
            text_bg_color=_color(osd.text_bg_color),
            show_ids=self.config.tracker.display_tracking_id,
            class_colors="|".join(
                f"{number}:{_color(color)}"
                for number, color in self.config.primary_gie.border_colors
            ),
        )
        return self.row(
            tail,
            self.queue(f"osd{suffix}"),
            self.add("nvvideoconvert", f"osd{suffix}_convert"),
            self.add("capsfilter", f"osd{suffix}_caps", caps=f"{NVMM},format=RGBA"),
            display,
        )

    def _ends(self, suffix: str, sinks: tuple[Sink, ...]) -> Iterator[str]:
        """The first piece of every sink."""
        for number, sink in enumerate(sinks):
            name = f"sink{suffix}_{number}"
            if sink.type == 3:
                yield self._file(name, sink)
            elif sink.type == 4:
                yield self._rtsp(name, sink)
            else:
                yield self._nowhere(name, sink)
        if self.preview and suffix in ("", "0"):
            yield self._preview(f"{PREVIEW}{suffix}")

    def _nowhere(self, name: str, sink: Sink) -> str:
        if sink.type in (2, 5, 7) and not self.preview:
            self.warnings.append(
                "the CPU twin opens no window; --preview PORT shows the picture in a browser"
            )
        if sink.type == 6:
            self.warnings.append("the CPU twin sends no messages (sink type 6)")
        queue = self.queue(name)
        self.row(queue, self.add("fakesink", name, sync=sink.sync, enable_last_sample=False))
        return queue

    def _preview(self, name: str) -> str:
        queue = self.queue(name, leaky="downstream")
        self.row(
            queue,
            self.add("nvvideoconvert", f"{name}_convert"),
            self.add("capsfilter", f"{name}_caps", caps="video/x-raw,format=I420"),
            self.add("jpegenc", f"{name}_jpeg", quality=85),
            self.add("appsink", PREVIEW, max_buffers=1, drop=True, sync=False),
        )
        return queue

    def _file(self, name: str, sink: Sink) -> str:
        if sink.output_file is None:
            raise InputError("a file sink has no output-file", where=str(self.config.path))
        target = self._place(sink.output_file)
        assert target is not None
        self.videos.append(target)
        head, tail = self._encoder(name, sink)
        muxer = "mp4mux" if sink.container == 1 else "matroskamux"
        self.row(
            tail,
            self.add(muxer, f"{name}_mux"),
            self.add("filesink", name, location=str(target), sync=sink.sync),
        )
        return head

    def _rtsp(self, name: str, sink: Sink) -> str:
        head, tail = self._encoder(name, sink)
        coding = {1: "h264", 2: "h265"}.get(sink.codec)
        if coding is None:
            raise InputError("RTSP is sent as H.264 or H.265", where=str(self.config.path))
        self.rtsp.append(RtspOut(sink.rtsp_port, sink.udp_port, coding.upper()))
        send = self.add("udpsink", name, host="127.0.0.1", port=sink.udp_port, sync=sink.sync)
        pay = self.add(f"rtp{coding}pay", f"{name}_pay", config_interval=1)
        self.row(tail, pay, send)
        return head

    def _encoder(self, name: str, sink: Sink) -> tuple[str, str]:
        """Queue, converter, encoder and parser; gives the first and the last of them."""
        hardware = sink.enc_type == 0 and sink.codec == 1
        memory = NVMM if hardware else "video/x-raw"
        size = f",width={sink.width},height={sink.height}" if sink.width and sink.height else ""
        head = self.queue(name)
        tail = self.row(
            head,
            self.add("nvvideoconvert", f"{name}_convert"),
            self.add("capsfilter", f"{name}_caps", caps=f"{memory},format=I420{size}"),
            self._codec(name, sink, hardware),
            self.add(_PARSERS[sink.codec], f"{name}_parse"),
        )
        return head, tail

    def _codec(self, name: str, sink: Sink, hardware: bool) -> str:
        name, kilobits = f"{name}_encoder", max(1, sink.bitrate // 1000)
        keys = sink.iframeinterval
        if hardware:
            return self.add(
                "nvv4l2h264enc",
                name,
                bitrate=sink.bitrate,
                profile=sink.profile,
                iframeinterval=keys,
            )
        if sink.codec == 3:
            return self.add("avenc_mpeg4", name, bitrate=sink.bitrate, gop_size=keys or 12)
        factory = "x264enc" if sink.codec == 1 else "x265enc"
        return self.add(
            factory,
            name,
            bitrate=kilobits,
            key_int_max=keys,
            speed_preset="veryfast",
            tune="zerolatency",
        )

    def _place(self, configured: Path | None) -> Path | None:
        if configured is None or self.out is None:
            return configured
        return self.out / configured.name


_PARSERS = {1: "h264parse", 2: "h265parse", 3: "mpeg4videoparse"}


def _color(color: Color) -> str:
    return ";".join(f"{value:g}" for value in color)
