"""What a deepstream-app configuration says, typed: the groups that the CPU twin builds from.

Keys, defaults and type numbers are NVIDIA's (``deepstream_config_file_parser.c``). Keys that only
matter to hardware are known and ignored; keys that nobody knows are warned of, as
deepstream-app does; a value that cannot be is an error with its ``file:line``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from urllib.parse import quote, unquote

from deepstream.app_file import Entry, Group, read
from train2edge.errors import InputError, Problem, ProblemsError

Color = tuple[float, float, float, float]
Section = TypeVar("Section")


def _one_of(default: int, *values: int) -> Any:
    return field(default=default, metadata={"values": values})


def _at_least(default: int, least: int) -> Any:
    return field(default=default, metadata={"least": least})


@dataclass(frozen=True)
class Application:
    """``[application]``"""

    enable_perf_measurement: bool = False
    perf_measurement_interval_sec: int = _at_least(5, 1)
    gie_kitti_output_dir: Path | None = None
    kitti_track_output_dir: Path | None = None


@dataclass(frozen=True)
class TiledDisplay:
    """``[tiled-display]``; 2 is the parallel demuxer of newer releases."""

    enable: int = _one_of(0, 0, 1, 2)
    rows: int = _at_least(1, 1)
    columns: int = _at_least(1, 1)
    width: int = _at_least(1280, 16)
    height: int = _at_least(720, 16)


@dataclass(frozen=True)
class Source:
    """``[sourceN]``: 2 is one address, 3 several of them (``%d``), 4 is RTSP."""

    enable: bool = False
    type: int = _one_of(2, 1, 2, 3, 4, 5, 6, 7, 8, 9)
    uri: str = ""
    num_sources: int = _at_least(1, 1)
    latency: int = _at_least(100, 0)
    drop_frame_interval: int = _at_least(0, 0)
    select_rtp_protocol: int = _at_least(0, 0)
    rtsp_reconnect_interval_sec: int = _at_least(0, 0)
    rtsp_reconnect_attempts: int = _at_least(-1, -1)

    @property
    def live(self) -> bool:
        return self.type == 4 or self.uri.startswith(("rtsp://", "rtsps://"))


@dataclass(frozen=True)
class StreamMux:
    """``[streammux]``; the timeout is in microseconds, -1 is none."""

    width: int = _at_least(0, 0)
    height: int = _at_least(0, 0)
    batch_size: int = _at_least(1, 1)
    batched_push_timeout: int = _at_least(-1, -1)
    live_source: bool = False
    enable_padding: bool = False


@dataclass(frozen=True)
class PrimaryGie:
    """``[primary-gie]``; 0 and -1 leave what the nvinfer file says."""

    enable: bool = False
    plugin_type: int = _at_least(0, 0)
    config_file: Path | None = None
    batch_size: int = _at_least(0, 0)
    interval: int = _at_least(-1, -1)
    gie_unique_id: int = _at_least(0, 0)
    border_colors: tuple[tuple[int, Color], ...] = ()


@dataclass(frozen=True)
class Tracker:
    """``[tracker]``"""

    enable: bool = False
    tracker_width: int = _at_least(960, 1)
    tracker_height: int = _at_least(544, 1)
    ll_config_file: Path | None = None
    display_tracking_id: bool = True


@dataclass(frozen=True)
class Osd:
    """``[osd]``; colours red;green;blue;alpha in 0..1, ``text_size`` in points."""

    enable: bool = False
    border_width: int = _at_least(2, 0)
    text_size: int = _at_least(12, 1)
    text_color: Color = (1.0, 1.0, 1.0, 1.0)
    text_bg_color: Color = (0.0, 0.0, 0.0, 0.0)
    display_text: bool = True
    display_bbox: bool = True


@dataclass(frozen=True)
class Sink:
    """``[sinkN]``: 1 nowhere, 2 and 5 a screen, 3 a file, 4 RTSP; ``bitrate`` in bit/s."""

    enable: bool = False
    type: int = _one_of(1, 1, 2, 3, 4, 5, 6, 7)
    sync: bool = True
    source_id: int = _at_least(0, 0)
    width: int = _at_least(0, 0)
    height: int = _at_least(0, 0)
    container: int = _one_of(1, 1, 2)
    codec: int = _one_of(1, 1, 2, 3)
    enc_type: int = _one_of(0, 0, 1)
    bitrate: int = _at_least(2_000_000, 1)
    profile: int = _at_least(0, 0)
    iframeinterval: int = _at_least(30, 0)
    output_file: Path | None = None
    rtsp_port: int = _at_least(8554, 1)
    udp_port: int = _at_least(5000, 1)


@dataclass(frozen=True)
class AppConfig:
    """A whole configuration. Only enabled sources and sinks are kept; the place of a source in
    ``sources`` is its pad's index. Paths are absolute; ``other`` names further enabled groups.
    """

    path: Path
    application: Application
    tiled_display: TiledDisplay
    sources: tuple[Source, ...]
    streammux: StreamMux
    primary_gie: PrimaryGie
    tracker: Tracker
    osd: Osd
    sinks: tuple[Sink, ...]
    file_loop: bool = False
    other: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


_KNOWN = {  # keys that only matter to hardware, or to parts that have no twin
    "": "enable gpu-id nvbuf-memory-type compute-hw",
    "application": "reid-track-output-dir terminated-track-output-dir shadow-track-output-dir "
    "global-gpu-id",
    "tiled-display": "buffer-pool-size square-seq-grid",
    "source": "cudadec-memtype intra-decode-enable low-latency-decode num-decode-surfaces "
    "num-extra-surfaces camera-id source-id camera-width camera-height camera-fps-n camera-fps-d "
    "camera-v4l2-dev-node camera-csi-sensor-id video-format udp-buffer-size alsa-device "
    "smart-record smart-rec-dir-path smart-rec-file-prefix smart-rec-cache smart-rec-container "
    "smart-rec-start-time smart-rec-default-duration smart-rec-duration smart-rec-interval "
    "init-rtsp-reconnect-interval-sec drop-on-latency leaky max-size-buffers buffer-mode "
    "set-rtp-protocol copy-hw extract-sei-type5-data simulate-fps-interval-ms "
    "sensorID-padID-mapping",
    "streammux": "buffer-pool-size sync-inputs max-latency frame-num-reset-on-eos "
    "frame-num-reset-on-stream-reset frame-duration async-process drop-pipeline-eos "
    "attach-sys-ts-as-ntp num-surfaces-per-frame config-file config-file-path",
    "primary-gie": "model-engine-file labelfile-path operate-on-gie-id operate-on-class-ids "
    "infer-raw-output-dir input-tensor-meta audio-transform audio-framesize audio-hopsize "
    "audio-input-rate",
    "tracker": "ll-lib-file tracking-id-reset-mode tracking-surface-type input-tensor-meta "
    "tensor-meta-gie-id user-meta-pool-size sub-batches sub-batch-err-recovery-trial-cnt "
    "operate-on-class-ids enable-batch-process enable-past-frame tracking-surface-type",
    "osd": "process-mode border-color font show-clock clock-x-offset clock-y-offset "
    "clock-text-size clock-color display-mask hw-blend-color-attr display-clock",
    "sink": "qos udp-buffer-size link-to-demux copy-meta output-io-mode sw-preset conn-id plane-id "
    "set-mode color-range overlay-id offset-x offset-y display-id nvdslogger show-fps "
    "show-latency sleep-time cuda-memory-type disable-msgconv new-api topic multiple-payloads",
    "tests": "file-loop pipeline-recreate-sec",
}
_MESSAGE_KEYS = ("msg-", "debug-payload")
_OTHER = frozenset(
    "secondary-gie pre-process secondary-pre-process nvds-analytics message-converter "  # noqa: SIM905
    "message-consumer img-save segvisual dewarper ds-example replay visionencoder text-embedder "
    "source-list source-attr-all".split()
)


def load(path: Path) -> AppConfig:
    """Read ``path`` (.txt or .yaml); every wrong value is told at once, with its line."""
    path = Path(path).absolute()
    return _Reader(path).config()


class _Reader:
    """Turns groups into sections, gathering problems and warnings on the way."""

    def __init__(self, path: Path) -> None:
        self.path, self.groups = path, read(path)
        self.problems: list[Problem] = []
        self.warnings: list[str] = []

    def config(self) -> AppConfig:
        sources = [self._source(group) for group in self._numbered("source")]
        sinks = [self.section(Sink, group, "sink") for group in self._numbered("sink")]
        config = AppConfig(
            path=self.path,
            application=self._single(Application, "application"),
            tiled_display=self._single(TiledDisplay, "tiled-display"),
            sources=tuple(one for several in sources for one in several),
            streammux=self._single(StreamMux, "streammux"),
            primary_gie=self._primary(),
            tracker=self._single(Tracker, "tracker"),
            osd=self._single(Osd, "osd"),
            sinks=tuple(one for one in sinks if one.enable),
            file_loop=self._file_loop(),
            other=tuple(self._others()),
        )
        if self.problems:
            raise ProblemsError(self.problems)
        return dataclasses.replace(config, warnings=tuple(self.warnings))

    def _single(self, kind: type[Section], name: str) -> Section:
        return self.section(kind, self.groups.get(name, Group(name, str(self.path))), name)

    def _numbered(self, stem: str) -> list[Group]:
        """``source0``, ``source1``, ... by number, as deepstream-app walks through them."""
        found = [(re.fullmatch(rf"{stem}(\d+)", name), one) for name, one in self.groups.items()]
        return [one for _, one in sorted((int(m[1]), one) for m, one in found if m)]

    def section(self, kind: type[Section], group: Group, name: str) -> Section:
        hints = get_type_hints(kind)
        keys = {one.name.replace("_", "-"): one for one in dataclasses.fields(kind)}  # type: ignore
        known = set(f"{_KNOWN['']} {_KNOWN.get(name, '')}".split())
        values: dict[str, Any] = {}
        for key, entry in group.entries.items():
            if key in keys:
                value = self._value(key, entry, hints[keys[key].name], keys[key].metadata)
                values[keys[key].name] = value
            elif key not in known and not _indexed(name, key):
                self.warnings.append(f"{entry.where}: unknown key '{key}' in [{group.name}]")
        return kind(**{key: value for key, value in values.items() if value is not None})

    def _value(self, key: str, entry: Entry, kind: Any, limits: Any) -> Any:
        try:
            value = _CONVERT.get(kind, self._path)(entry.text)
            if "values" in limits and value not in limits["values"]:
                raise ValueError(f"one of {', '.join(str(one) for one in limits['values'])}")
            if "least" in limits and value < limits["least"]:
                raise ValueError(f"at least {limits['least']}")
            return value
        except ValueError as error:
            self.problems.append(Problem(entry.where, f"{key}={entry.text}: must be {error}"))
            return None

    def _path(self, text: str) -> Path | None:
        return self.path.parent / text if text else None

    def _source(self, group: Group) -> list[Source]:
        source = self.section(Source, group, "source")
        if not source.enable:
            return []
        entry = group.entries.get("uri")
        if entry is None and source.type in (2, 3, 4):
            self.problems.append(Problem(group.where, f"[{group.name}] has no uri"))
            return []
        texts = [source.uri]
        if source.type == 3:
            texts = [_numbered_uri(source.uri, number) for number in range(source.num_sources)]
        return [dataclasses.replace(source, uri=self._uri(text)) for text in texts]

    def _uri(self, text: str) -> str:
        """A relative ``file://`` address is relative to the configuration's folder."""
        if not text.startswith("file://"):
            return text
        file = self.path.parent / unquote(text.removeprefix("file://"))
        return "file://" + quote(str(file))

    def _primary(self) -> PrimaryGie:
        primary = self._single(PrimaryGie, "primary-gie")
        group = self.groups.get("primary-gie")
        if primary.enable and group and primary.config_file is None:
            self.problems.append(Problem(group.where, "[primary-gie] has no config-file"))
        colors = []
        for key, entry in (group.entries if group else {}).items():
            match = re.fullmatch(r"bbox-border-color(\d+)", key)
            color = self._value(key, entry, Color, {}) if match else None
            if match and color is not None:
                colors.append((int(match[1]), color))
        return dataclasses.replace(primary, border_colors=tuple(colors))

    def _file_loop(self) -> bool:
        entry = self.groups["tests"].entries.get("file-loop") if "tests" in self.groups else None
        return bool(entry and self._value("file-loop", entry, bool, {}))

    def _others(self) -> list[str]:
        names = []
        for name, group in self.groups.items():
            stem = name.rstrip("0123456789")
            if stem in _OTHER:
                entry = group.entries.get("enable")
                names += [name] if entry is None or entry.text.strip() != "0" else []
            elif stem not in _KNOWN and stem not in ("source", "sink"):
                self.warnings.append(f"{group.where}: unknown group [{name}]")
        return names


def _indexed(group: str, key: str) -> bool:
    """Keys that carry a class's number or belong to the message broker."""
    colored = re.fullmatch(r"bbox-(border|bg)-color\d+", key)
    return bool(colored and group == "primary-gie") or key.startswith(_MESSAGE_KEYS)


def _numbered_uri(uri: str, number: int) -> str:
    return re.sub(r"%(0?\d*)d", lambda match: format(number, f"{match[1]}d"), uri)


def _boolean(text: str) -> bool:
    if text.lower() in ("0", "1", "true", "false"):
        return text.lower() in ("1", "true")
    raise ValueError("0 or 1")


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("a whole number") from None


def _color(text: str) -> Color:
    try:
        red, green, blue, alpha = (float(one) for one in text.strip("; ").split(";"))
        if all(0 <= one <= 1 for one in (red, green, blue, alpha)):
            return red, green, blue, alpha
    except ValueError:
        pass
    raise ValueError("red;green;blue;alpha, each in 0..1")


_CONVERT: dict[Any, Callable[[str], Any]] = {
    bool: _boolean,
    int: _integer,
    str: str,
    Color: _color,
}
__all__ = ["AppConfig", "InputError", "load"]
