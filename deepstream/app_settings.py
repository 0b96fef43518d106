"""deepstream-app's settings: sources, mux, network, tracker, display, sink.

Key names and type numbers: NVIDIA's ``deepstream_config_file_parser.c`` and
``deepstream_app_config_parser.c``. Relative paths are relative to the file, but ``output-file``
is relative to the working directory: the app is started inside its own folder.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from deepstream.settings import Section, Setting, setting
from deepstream.sources import Source
from deepstream.tracker_settings import LIBRARY, TrackerPlan
from train2edge.targets import Deployment

KITTI = "out/kitti"
KITTI_TRACK = "out/kitti_track"
VIDEO = "out/video.mp4"
RTSP_PORT, UDP_PORT = 8554, 5400  # NVIDIA's own
TIMEOUT_OF_A_LIVE_BATCH = 40000


@dataclass(frozen=True)
class MuxPlan:
    """nvstreammux: frames of every source are scaled to ``width`` x ``height`` pixels."""

    width: int
    height: int
    batch: int
    timeout: int
    live: bool


@dataclass(frozen=True)
class SinkPlan:
    """Where frames go. ``encoder`` is nvv4l2h264enc or x264enc, ``None`` without a video."""

    kind: Literal["file", "fake", "display", "rtsp"]
    encoder: Literal["hardware", "software"] | None
    bitrate: int
    sync: bool
    reasons: tuple[str, ...]
    rtsp_port: int = RTSP_PORT

    @property
    def udp_port(self) -> int:
        """The encoder's way to the server: another one for every app of a device."""
        return UDP_PORT + (self.rtsp_port - RTSP_PORT) % 1000


def plan_sink(
    kind: Literal["file", "fake", "display", "rtsp"], bitrate: int, live: bool, place: Deployment
) -> SinkPlan:
    """Choose the encoder for ``place``; ``sync`` keeps a file's pace where people watch."""
    sync = kind in ("display", "rtsp") and not live
    if kind in ("fake", "display"):
        return SinkPlan(kind, None, bitrate, sync, ())
    if place.target.nvenc:
        return SinkPlan(kind, "hardware", bitrate, sync, ())
    why = (
        f"software encoder: {place.target.title} has no NVENC; x264enc is in the package "
        "gstreamer1.0-plugins-ugly, in a container user_additional_install.sh fetches it"
    )
    return SinkPlan(kind, "software", bitrate, sync, (why,))


def sections(
    sources: Sequence[Source],
    mux: MuxPlan,
    interval: int,
    tracker: TrackerPlan | None,
    sink: SinkPlan,
    *,
    kitti: bool,
    place: Deployment,
    secondaries: Sequence[Section] = (),
    analytics: str | None = None,
    loop: bool = False,
) -> tuple[Section, ...]:
    """All groups of ``app.txt`` in the order of NVIDIA's samples; the YAML form drops sources."""
    tracking = [_tracker(tracker, place)] if tracker else []
    counting = [_analytics(analytics)] if analytics else []
    return (
        _application(kitti, tracker),
        _tiler(sources, mux, sink),
        *(Section(f"source{number}", _source(one)) for number, one in enumerate(sources)),
        _mux(mux),
        _network(mux, interval),
        *tracking,
        *secondaries,
        *counting,
        _display(sink, mux),
        _sink(sink),
        Section("tests", (setting("file-loop", loop),)),
    )


def _application(kitti: bool, tracker: TrackerPlan | None) -> Section:
    settings = [
        setting("enable-perf-measurement", 1),
        setting("perf-measurement-interval-sec", 5),
    ]
    if kitti:
        why = "a file a frame, before the tracker; the folder must exist or nothing is written"
        settings.append(setting("gie-kitti-output-dir", KITTI, why))
    if kitti and tracker:
        settings.append(setting("kitti-track-output-dir", KITTI_TRACK, "the same with object ids"))
    return Section("application", tuple(settings))


def _tiler(sources: Sequence[Source], mux: MuxPlan, sink: SinkPlan) -> Section:
    columns = math.ceil(math.sqrt(len(sources)))
    return Section(
        "tiled-display",
        (
            setting("enable", sink.kind != "fake", "all sources in one picture"),
            setting("rows", math.ceil(len(sources) / columns)),
            setting("columns", columns),
            setting("width", mux.width),
            setting("height", mux.height),
            setting("gpu-id", 0),
            setting("nvbuf-memory-type", 0),
        ),
    )


def _source(source: Source) -> tuple[Setting, ...]:
    return (*(setting(key, value) for key, value in source_values(source)),)


def source_values(source: Source) -> tuple[tuple[str, str | int], ...]:
    """Keys and values of ``[sourceN]``, which are also the columns of ``sources.csv``."""
    common: tuple[tuple[str, str | int], ...] = (
        ("enable", 1),
        # 2: an address, 4: RTSP
        ("type", 4 if source.live else 2),
        ("uri", source.uri),
        ("num-sources", 1),
        ("gpu-id", 0),
        ("cudadec-memtype", 0),
    )
    if not source.live:
        return common
    # TCP (4): a lost packet of UDP smears the picture until the next key frame.
    return (
        *common,
        ("latency", 200),
        ("select-rtp-protocol", 4),
        ("rtsp-reconnect-interval-sec", 10),
    )


def _mux(mux: MuxPlan) -> Section:
    return Section(
        "streammux",
        (
            setting("gpu-id", 0),
            setting("live-source", mux.live),
            setting("batch-size", mux.batch, "one frame of every source"),
            setting("batched-push-timeout", mux.timeout, "microseconds"),
            setting("width", mux.width, "boxes are told in pixels of this picture"),
            setting("height", mux.height),
            setting("enable-padding", 0),
            setting("nvbuf-memory-type", 0),
        ),
    )


def _network(mux: MuxPlan, interval: int) -> Section:
    return Section(
        "primary-gie",
        (
            setting("enable", 1),
            setting("plugin-type", 0, "0: nvinfer"),
            setting("gpu-id", 0),
            setting("batch-size", mux.batch, "as in the nvinfer file, which this overrides"),
            setting("interval", interval),
            setting("gie-unique-id", 1),
            setting("nvbuf-memory-type", 0),
            setting("config-file", "infer.txt"),
        ),
    )


def _tracker(tracker: TrackerPlan, place: Deployment) -> Section:
    batch = (
        (setting("enable-batch-process", 1), setting("enable-past-frame", 0))
        if place.release.keys.tracker_batch
        else ()
    )
    return Section(
        "tracker",
        (
            setting("enable", 1),
            setting("tracker-width", tracker.width, "a multiple of 32"),
            setting("tracker-height", tracker.height),
            setting("ll-lib-file", LIBRARY, "comes with DeepStream"),
            setting("ll-config-file", "tracker.yml"),
            setting("gpu-id", 0),
            *batch,
            setting("display-tracking-id", 1),
        ),
    )


def _analytics(file: str) -> Section:
    why = "regions, crowds, lines, directions"
    return Section("nvds-analytics", (setting("enable", 1), setting("config-file", file, why)))


def _display(sink: SinkPlan, mux: MuxPlan) -> Section:
    thin = max(1, round(mux.height / 360))
    return Section(
        "osd",
        (
            setting("enable", sink.kind != "fake"),
            setting("gpu-id", 0),
            setting("process-mode", 0, "0: drawn by the CPU, 1: by the GPU"),
            setting("border-width", thin),
            setting("text-size", 12),
            setting("text-color", "1;1;1;1"),
            setting("text-bg-color", "0.3;0.3;0.3;1"),
            setting("font", "Serif"),
            setting("show-clock", 0),
            setting("display-text", 1),
            setting("display-bbox", 1),
            setting("nvbuf-memory-type", 0),
        ),
    )


def _sink(sink: SinkPlan) -> Section:
    kind = {"fake": 1, "display": 2, "file": 3, "rtsp": 4}[sink.kind]
    settings = [
        setting("enable", 1),
        setting("type", kind, "1: nowhere, 2: a screen, 3: a file, 4: RTSP"),
        setting("sync", sink.sync, "1: at the pace of the video, 0: as fast as it goes"),
        setting("source-id", 0),
        setting("gpu-id", 0),
        setting("nvbuf-memory-type", 0),
    ]
    if sink.encoder:
        settings += [
            setting("codec", 1, "1: H.264"),
            setting("enc-type", sink.encoder == "software", "0: NVENC, 1: x264enc on the CPU"),
            setting("bitrate", sink.bitrate, "bit/s"),
            setting("profile", 0, "0: baseline"),
        ]
    if sink.kind == "file":
        settings += [
            setting("container", 1, "1: mp4"),
            setting("output-file", VIDEO, "relative to where deepstream-app is started"),
        ]
    if sink.kind == "rtsp":
        why = f"the address is rtsp://DEVICE:{sink.rtsp_port}/ds-test"
        settings += [setting("rtsp-port", sink.rtsp_port, why), setting("udp-port", sink.udp_port)]
    return Section("sink0", tuple(settings))
