"""Rules for deepstream-app files (``deepstream_config_file_parser.c``, ``deepstream_app.c``)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from deepstream.lint import Context, Finding
from train2edge.settings_file import SettingsFile, read

GRID = 32


def _network(c: Context) -> Iterator[Finding]:
    name = c.get("primary-gie", "config-file")
    if name is None:
        why = "without the nvinfer file there is no network"
        yield c.find("error", "primary-gie", "config-file", why, "add config-file=infer.txt")
        return
    if not (c.folder / name).is_file():
        fix = "paths are relative to this file"
        yield c.find("error", "primary-gie", "config-file", "no such file", fix)
        return
    inner = read(c.folder / name)
    for key in ("batch-size", "interval", "gie-unique-id"):
        ours, theirs = c.get("primary-gie", key), inner.get("property", key)
        if ours is not None and theirs is not None and ours != theirs:
            why = f"it overrides {key}={theirs} of {name}"
            yield c.find("warning", "primary-gie", key, why, "write the same in both")


def _batch(c: Context) -> Iterator[Finding]:
    sources = _source_count(c)
    batch = c.number("streammux", "batch-size", 0)
    if sources and batch != sources:
        why = f"{sources} sources; a batch holds one frame of each"
        yield c.find("error", "streammux", "batch-size", why, f"write batch-size={sources}")
    network = c.number("primary-gie", "batch-size", 1)
    if batch and network < batch:
        why = f"smaller than the mux's batch of {batch:g}"
        yield c.find("warning", "primary-gie", "batch-size", why, f"write batch-size={batch:g}")


def _source_count(c: Context) -> int:
    rows = _csv_rows(c)
    groups = [name for name in c.file.sections if re.fullmatch(r"source\d+", name)]
    on = [name for name in groups if c.number(name, "enable", 0)]
    kept = rows if rows is not None else [dict(c.file.values()[name]) for name in on]
    return sum(int(row.get("num-sources") or 1) for row in kept if row.get("enable", "1") == "1")


def _csv_rows(c: Context) -> list[dict[str, str]] | None:
    name = c.get("source", "csv-file-path")
    if name is None or not (c.folder / name).is_file():
        return None
    with (c.folder / name).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _sources(c: Context) -> Iterator[Finding]:
    name = c.get("source", "csv-file-path")
    if name is not None and not (c.folder / name).is_file():
        yield c.find("error", "source", "csv-file-path", "no such file", "write the sources there")
    for section in c.file.sections:
        if not re.fullmatch(r"source\d+", section):
            continue
        if c.file.is_yaml:
            why = "the YAML form takes sources from a CSV file alone"
            yield c.find("error", section, None, why, "source: csv-file-path: sources.csv")
        yield from _source(c, section)


def _source(c: Context, section: str) -> Iterator[Finding]:
    kind = int(c.number(section, "type", 0))
    uri = c.get(section, "uri") or ""
    if kind == 5 and c.place.target.kind != "jetson":
        yield c.find("error", section, "type", "CSI cameras are on Jetsons only", "write type=2")
    if kind in (2, 3, 4) and "://" not in uri:
        yield c.find("error", section, "uri", "is not an address", "write file://PATH")
    if kind == 4 and not c.number("streammux", "live-source", 0):
        why = "an RTSP source is live; the mux would wait for it"
        yield c.find("error", "streammux", "live-source", why, "write live-source=1")
    relative = uri.startswith("file://") and not uri.startswith("file:///")
    if relative and not (c.folder / uri.removeprefix("file://")).is_file():
        fix = "file://PATH is relative to this file"
        yield c.find("error", section, "uri", "no such file", fix)


def _mux(c: Context) -> Iterator[Finding]:
    right = c.place.release.keys.mux_config
    wrong = {"config-file": "config-file-path", "config-file-path": "config-file"}[right]
    if c.get("streammux", wrong) is not None:
        why = f"DeepStream {c.place.release.name} calls it {right}"
        yield c.find("error", "streammux", wrong, why, f"write {right}")
    for key in ("width", "height"):
        if c.number("streammux", key, 0) <= 0:
            why = "the mux must be told the size of its picture"
            yield c.find("error", "streammux", key, why, f"add {key}")


def _kitti(c: Context) -> Iterator[Finding]:
    for key in ("gie-kitti-output-dir", "kitti-track-output-dir"):
        name = c.get("application", key)
        if name and not (c.folder / name).is_dir():
            why = "the folder does not exist: files are left out without a word"
            yield c.find("error", "application", key, why, f"mkdir -p {name}")


def _tracker(c: Context) -> Iterator[Finding]:
    if not c.number("tracker", "enable", 0):
        return
    for key in ("tracker-width", "tracker-height"):
        if c.number("tracker", key, 0) % GRID:
            why = f"NvDCF and NvDeepSORT want a multiple of {GRID}"
            yield c.find("error", "tracker", key, why, "write 640 and 384")
    if not c.place.release.keys.tracker_batch:
        for key in ("enable-batch-process", "enable-past-frame"):
            if c.get("tracker", key) is not None:
                why = "is gone since DeepStream 6.3"
                yield c.find("warning", "tracker", key, why, "remove it")
    yield from _tracker_settings(c)


def _tracker_settings(c: Context) -> Iterator[Finding]:
    name = c.get("tracker", "ll-config-file")
    if c.get("tracker", "ll-lib-file") is None:
        yield c.find("error", "tracker", "ll-lib-file", "is needed", "add ll-lib-file")
    if not name or Path(name).is_absolute():
        return
    if not (c.folder / name).is_file():
        yield c.find("error", "tracker", "ll-config-file", "no such file", "write it there")
        return
    settings: SettingsFile = read(c.folder / name)
    cascaded = settings.get("DataAssociator", "associationMatcherType") == "1"
    if cascaded and c.place.release.keys.tracker_matcher == "global":
        why = "the cascaded matcher came with DeepStream 6.2"
        yield c.find("error", "tracker", "ll-config-file", why, "write associationMatcherType: 0")


def _sinks(c: Context) -> Iterator[Finding]:
    for section in c.file.sections:
        if not re.fullmatch(r"sink\d+", section) or not c.number(section, "enable", 0):
            continue
        kind = int(c.number(section, "type", 0))
        if kind in (3, 4) and not c.place.target.nvenc and not c.number(section, "enc-type", 0):
            why = f"{c.place.target.title} has no NVENC"
            yield c.find("error", section, "enc-type", why, "write enc-type=1")
        if kind == 5 and (c.place.target.kind != "jetson" or not c.since("6.1")):
            why = "nvdrmvideosink is on Jetsons, from DeepStream 6.1 on"
            yield c.find("error", section, "type", why, "write type=2")
        if kind == 7 and c.place.release.name not in ("6.1", "6.1.1"):
            why = "nv3dsink was type 7 in DeepStream 6.1 only"
            yield c.find("error", section, "type", why, "write type=2")
        yield from _output(c, section)


def _output(c: Context, section: str) -> Iterator[Finding]:
    name = c.get(section, "output-file")
    if name and not (c.folder / name).parent.is_dir():
        yield c.find("error", section, "output-file", "its folder does not exist", "make it")


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    _kitti, _sources, _batch, _mux, _network, _tracker, _sinks,
)  # fmt: skip
