"""The groups of a deepstream-app configuration as records, with NVIDIA's keys and defaults.

A field is the key with ``_`` for ``-``. Keys and defaults: ``deepstream_config_file_parser.c`` and
``deepstream_app_config_parser.c``. ``where`` is the ``file:line`` of the group, for messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Color = tuple[float, float, float, float]
Numbers = tuple[int, ...]


def one_of(default: int, *values: int) -> Any:
    return field(default=default, metadata={"values": values})


def at_least(default: int, least: int) -> Any:
    return field(default=default, metadata={"least": least})


def _place() -> Any:
    return field(default="", metadata={"place": True})


@dataclass(frozen=True)
class Application:
    """``[application]``"""

    enable_perf_measurement: bool = False
    perf_measurement_interval_sec: int = at_least(5, 1)
    gie_kitti_output_dir: Path | None = None
    kitti_track_output_dir: Path | None = None


@dataclass(frozen=True)
class TiledDisplay:
    """``[tiled-display]``; 2 is tiles with a demuxer beside them. 0 columns: by their number."""

    enable: int = one_of(0, 0, 1, 2)
    rows: int = at_least(1, 0)
    columns: int = at_least(1, 0)
    width: int = at_least(1280, 16)
    height: int = at_least(720, 16)
    square_seq_grid: bool = False


@dataclass(frozen=True)
class Source:
    """``[sourceN]``: 2 is one address, 3 several of them (``%d``), 4 is RTSP; ``latency`` in ms."""

    enable: bool = False
    type: int = one_of(2, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    uri: str = ""
    num_sources: int = at_least(1, 1)
    latency: int = at_least(100, 0)
    drop_on_latency: bool = False
    drop_frame_interval: int = at_least(0, 0)
    select_rtp_protocol: int = at_least(0, 0)
    rtsp_reconnect_interval_sec: int = at_least(0, 0)
    init_rtsp_reconnect_interval_sec: int = at_least(0, 0)
    rtsp_reconnect_attempts: int = at_least(-1, -1)
    udp_buffer_size: int = at_least(0, 0)
    where: str = _place()

    @property
    def live(self) -> bool:
        return self.type == 4 or self.uri.startswith(("rtsp://", "rtsps://"))


@dataclass(frozen=True)
class SourceList:
    """``[source-list]``: many addresses that share the keys of ``[source-attr-all]``."""

    num_source_bins: int = at_least(-1, 0)
    list: str = ""
    sensor_id_list: str = ""
    sensor_name_list: str = ""
    use_nvmultiurisrcbin: bool = False
    max_batch_size: int = at_least(30, 1)
    sgie_batch_size: int = at_least(0, 0)
    http_ip: str = "localhost"
    http_port: int = at_least(9000, 0)
    low_latency_mode: bool = False
    where: str = _place()


@dataclass(frozen=True)
class ManySources:
    """What ``use-nvmultiurisrcbin=1`` asks for: one element plays all sources, as ``shared`` says,
    and others come and go while it runs."""

    listed: SourceList
    shared: Source


@dataclass(frozen=True)
class StreamMux:
    """``[streammux]``; the timeout is in microseconds, -1 is none."""

    width: int = at_least(0, 0)
    height: int = at_least(0, 0)
    batch_size: int = at_least(1, 1)
    batched_push_timeout: int = at_least(-1, -1)
    live_source: bool = False
    enable_padding: bool = False
    sync_inputs: bool = False
    max_latency: int = at_least(0, 0)
    frame_num_reset_on_eos: bool = False
    frame_num_reset_on_stream_reset: bool = False
    drop_pipeline_eos: bool = False
    config_file: Path | None = None  # 6.3 and before
    config_file_path: Path | None = None
    where: str = _place()


@dataclass(frozen=True)
class Gie:
    """``[primary-gie]`` and ``[secondary-gieN]``; 0 and -1 leave what the network's file says."""

    enable: bool = False
    plugin_type: int = at_least(0, 0)
    config_file: Path | None = None
    batch_size: int = at_least(0, 0)
    interval: int = at_least(-1, -1)
    gie_unique_id: int = at_least(0, 0)
    operate_on_gie_id: int = at_least(-1, -1)
    operate_on_class_ids: Numbers = ()
    input_tensor_meta: bool = False
    border_colors: tuple[tuple[int, Color], ...] = ()
    where: str = _place()


@dataclass(frozen=True)
class Extra:
    """``[pre-process]``, ``[nvds-analytics]``: an element that is told of one file."""

    enable: bool = False
    config_file: Path | None = None
    where: str = _place()


@dataclass(frozen=True)
class Tracker:
    """``[tracker]``"""

    enable: bool = False
    tracker_width: int = at_least(960, 1)
    tracker_height: int = at_least(544, 1)
    ll_lib_file: str = ""
    ll_config_file: Path | None = None
    display_tracking_id: bool = True
    where: str = _place()


@dataclass(frozen=True)
class Osd:
    """``[osd]``; colours red;green;blue;alpha in 0..1, ``text_size`` in points."""

    enable: bool = False
    border_width: int = at_least(2, 0)
    text_size: int = at_least(12, 1)
    text_color: Color = (1.0, 1.0, 1.0, 1.0)
    text_bg_color: Color = (0.0, 0.0, 0.0, 0.0)
    display_text: bool = True
    display_bbox: bool = True
    where: str = _place()


@dataclass(frozen=True)
class SegVisual:
    """``[segvisual]``"""

    enable: bool = False
    batch_size: int = at_least(1, 1)
    width: int = at_least(1280, 1)
    height: int = at_least(720, 1)
    where: str = _place()


@dataclass(frozen=True)
class MessageConverter:
    """``[message-converter]``: one converter for all message sinks."""

    enable: bool = False
    msg_conv_config: Path | None = None
    msg_conv_payload_type: int = at_least(0, 0)
    msg_conv_msg2p_lib: str = ""
    msg_conv_msg2p_new_api: bool = False
    msg_conv_comp_id: int = at_least(0, 0)
    msg_conv_frame_interval: int = at_least(30, 1)
    debug_payload_dir: Path | None = None
    multiple_payloads: bool = False
    where: str = _place()


@dataclass(frozen=True)
class Sink(MessageConverter):
    """``[sinkN]``: 1 nowhere, 2 and 5 a screen, 3 a file, 4 RTSP, 6 messages; bit/s."""

    type: int = one_of(1, 1, 2, 3, 4, 5, 6, 7)
    sync: bool = True
    source_id: int = at_least(0, 0)
    link_to_demux: bool = False
    width: int = at_least(0, 0)
    height: int = at_least(0, 0)
    container: int = one_of(1, 1, 2)
    codec: int = one_of(1, 1, 2, 3)
    enc_type: int = one_of(0, 0, 1)
    bitrate: int = at_least(2_000_000, 1)
    profile: int = at_least(0, 0)
    iframeinterval: int = at_least(30, 0)
    output_file: Path | None = None
    rtsp_port: int = at_least(8554, 1)
    udp_port: int = at_least(5000, 1)
    msg_broker_proto_lib: str = ""
    msg_broker_conn_str: str = ""
    msg_broker_config: Path | None = None
    msg_broker_comp_id: int = at_least(0, 0)
    topic: str = ""
    disable_msgconv: bool = False
    new_api: bool = False
    nvdslogger: bool = False
    show_fps: bool = False
    show_latency: bool = False


@dataclass(frozen=True)
class AppConfig:
    """A whole configuration. Only enabled sources, secondary networks and sinks are kept; the
    place of a source in ``sources`` is its pad's index. Paths are absolute; ``other`` holds the
    name and ``file:line`` of further enabled groups.
    """

    path: Path
    application: Application
    tiled_display: TiledDisplay
    sources: tuple[Source, ...]
    streammux: StreamMux
    primary_gie: Gie
    tracker: Tracker
    osd: Osd
    sinks: tuple[Sink, ...]
    secondary_gies: tuple[Gie, ...] = ()
    pre_process: Extra = Extra()
    analytics: Extra = Extra()
    segvisual: SegVisual = SegVisual()
    message_converter: MessageConverter = MessageConverter()
    many: ManySources | None = None
    file_loop: bool = False
    other: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def most_streams(self) -> int:
        """How many streams there may be at a time."""
        return self.many.listed.max_batch_size if self.many else len(self.sources)
