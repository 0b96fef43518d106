"""Rules for the sinks of a deepstream-app file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from deepstream.lint.context import Context
from deepstream.lint.finding import Finding

FULL = 0  # DeepStream's full message schema
FILE, RTSP, OVERLAY, MESSAGES, NV3D = 3, 4, 5, 6, 7


def sinks(c: Context) -> Iterator[Finding]:
    for section in c.file.numbered("sink"):
        if c.file.number(section, "enable", 0):
            kind = int(c.file.number(section, "type", 0))
            yield from _encoder(c, section, kind)
            yield from _display(c, section, kind)
            yield from _needed(c, section, kind)
            yield from _logger(c, section)


def _encoder(c: Context, section: str, kind: int) -> Iterator[Finding]:
    target = c.place.target
    hardware = not c.file.number(section, "enc-type", 0)
    if kind in (FILE, RTSP) and target and not target.nvenc and hardware:
        why = f"{target.title} has no NVENC"
        yield c.find("no-nvenc", "error", (section, "enc-type"), why, "write enc-type=1")
    name = c.file.get(section, "output-file")
    if kind == FILE and name and not (c.file.folder / name).parent.is_dir():
        why = "its folder does not exist"
        yield c.find("missing-path", "error", (section, "output-file"), why, "make it")
    if kind == FILE and not name:
        why = "a file sink must be told its file"
        yield c.find("sink-key", "error", (section, "output-file"), why, "add output-file=out.mp4")


def sample_sinks(c: Context) -> Iterator[Finding]:
    """NVIDIA's sample programs name their encoder in groups of other names."""
    target = c.place.target
    for section in ("output", "filesink", "rtspsink") if target and not target.nvenc else ():
        assert target is not None
        if c.file.enabled(section) and c.file.get(section, "enc-type") == "0":
            why = f"{target.title} has no NVENC"
            yield c.find("no-nvenc", "error", (section, "enc-type"), why, "write enc-type: 1")


def _display(c: Context, section: str, kind: int) -> Iterator[Finding]:
    target, at = c.place.target, (section, "type")
    if kind == OVERLAY and not c.place.since("6.1"):
        if target and target.kind != "jetson":
            yield c.find("sink-type", "error", at, "overlays are on Jetsons", "write type=2")
    elif kind == OVERLAY and target and target.kind != "jetson":
        why = "nvdrmvideosink is on Jetsons, from DeepStream 6.1 on"
        yield c.find("sink-type", "error", at, why, "write type=2")
    if kind == NV3D and c.place.release.name not in ("6.1", "6.1.1"):
        why = "nv3dsink was type 7 in DeepStream 6.1 only"
        yield c.find("sink-type", "error", at, why, "write type=2")


def _needed(c: Context, section: str, kind: int) -> Iterator[Finding]:
    if kind == MESSAGES and not c.file.get(section, "msg-broker-proto-lib"):
        at = (section, "msg-broker-proto-lib")
        why = "a message sink needs the library of its protocol"
        yield c.find("sink-key", "error", at, why, "add .../lib/libnvds_kafka_proto.so or another")
    schema = c.file.number(section, "msg-conv-payload-type", 0)
    own = c.file.get(section, "msg-conv-msg2p-lib") or c.file.number(section, "disable-msgconv", 0)
    if (
        kind == MESSAGES
        and schema == FULL
        and not own
        and not c.file.get(section, "msg-conv-config")
    ):
        why = "the full schema tells of sensors and places, which stand in this file"
        at = (section, "msg-conv-config")
        yield c.find("sink-key", "warning", at, why, "add msg-conv-config, or payload type 1")


def _logger(c: Context, section: str) -> Iterator[Finding]:
    shown = any(c.file.number(section, key, 0) for key in ("show-fps", "show-latency"))
    if c.place.since("9.0") and c.file.number(section, "nvdslogger", 0) and not shown:
        why = "since DeepStream 9 nvdslogger prints nothing unless it is told what"
        yield c.find("no-effect", "warning", (section, "nvdslogger"), why, "add show-fps=1")


def ports(c: Context) -> Iterator[Finding]:
    """Two RTSP sinks on one port: the second server cannot listen."""
    taken: dict[tuple[str, str], str] = {}
    for section in c.file.numbered("sink"):
        if not c.file.number(section, "enable", 0) or c.file.number(section, "type", 0) != RTSP:
            continue
        for key, default in (("rtsp-port", "8554"), ("udp-port", "5000")):
            port = c.file.get(section, key) or default
            other = taken.setdefault((key, port), section)
            if other != section:
                why = f"[{other}] has this port already"
                fix = f"write {int(port) + 1}" if port.isdecimal() else "write another"
                yield c.find("port", "error", (section, key), why, fix, f"{key}={port}")


def folders(c: Context) -> Iterator[Finding]:
    name = c.file.get("img-save", "output-folder-path")
    inside = name and not Path(name).is_absolute() and not (c.file.folder / name).is_dir()
    if c.file.enabled("img-save") and inside:
        why = "the folder does not exist"
        at = ("img-save", "output-folder-path")
        yield c.find("missing-path", "error", at, why, f"mkdir -p {name}")


SAMPLE_RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (sample_sinks,)
RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (sinks, ports, folders)
