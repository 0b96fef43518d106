"""Rules for ``[tracker]`` and for the settings of the tracker library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from deepstream.lint.context import ConfigFile, Context
from deepstream.lint.finding import Finding
from train2edge.feasibility import etlt

T, GRID = "tracker", 32
OLD_LIBRARIES = ("libnvds_mot_klt", "libnvds_mot_iou", "libnvds_nvdcf")
LOOKS_AT_PIXELS = ("NvDCF", "DeepSORT")
NVDCF = "1"


def group(c: Context) -> Iterator[Finding]:
    if not c.file.enabled(T):
        return
    library = c.file.get(T, "ll-lib-file")
    if library is None and c.file.kind_name == "app":
        yield c.find("tracker-library", "error", (T, "ll-lib-file"), "is needed", "add ll-lib-file")
    if library and any(one in library for one in OLD_LIBRARIES) and c.place.since("6.0"):
        why = "one library holds all trackers since DeepStream 6.0"
        fix = "write .../lib/libnvds_nvmultiobjecttracker.so"
        yield c.find("tracker-library", "error", (T, "ll-lib-file"), why, fix)
    files = c.file.items(T, "ll-config-file")
    if library and not files:
        why = "without it the library takes its defaults, which follow by overlap alone"
        yield c.find("tracker-config", "warning", (T, "ll-lib-file"), why, "add ll-config-file")
    if len(files) > 1 and not c.file.get(T, "sub-batches"):
        why = f"{len(files)} files, and no sub-batches that say which sources each is for"
        yield c.find("sub-batches", "error", (T, "ll-config-file"), why, "add sub-batches=0,1;2,3")
    yield from _grid(c)


def _grid(c: Context) -> Iterator[Finding]:
    files = c.file.items(T, "ll-config-file")
    opened = [one for one in (c.opened(name) for name in files) if one]
    shipped = [name for name in files if Path(name).is_absolute()]
    by_name = any(kind in name for kind in LOOKS_AT_PIXELS for name in shipped)
    pixels = any(_looks_at_pixels(one) for one in opened) if opened else by_name
    for key in ("tracker-width", "tracker-height") if pixels else ():
        size = int(c.file.number(T, key, 0))
        if size % GRID:
            why = f"NvDCF and NvDeepSORT want a multiple of {GRID}"
            fix = f"write {key}={round(size / GRID) * GRID}"
            yield c.find("tracker-grid", "warning", (T, key), why, fix)


def _looks_at_pixels(file: ConfigFile) -> bool:
    pixels = file.get("VisualTracker", "visualTrackerType") == NVDCF
    return pixels or file.get("ReID", "reidType") not in (None, "0")


def settings(c: Context) -> Iterator[Finding]:
    keys = c.place.release.keys
    matcher = ("DataAssociator", "associationMatcherType")
    if c.file.get(*matcher) == "1" and keys.tracker_matcher == "global":
        why = "the cascaded matcher came with DeepStream 6.2; before it 1 is the global one"
        yield c.find("tracker-matcher", "error", matcher, why, "write associationMatcherType: 0")
    kind = c.file.get("StateEstimator", "stateEstimatorType")
    if kind == "2" and not keys.nvsort:
        why = "the regular Kalman filter came with NvSORT in DeepStream 6.2"
        at = ("StateEstimator", "stateEstimatorType")
        yield c.find("too-new", "error", at, why, "write stateEstimatorType: 1")


def reid(c: Context) -> Iterator[Finding]:
    refused = etlt(c.place.release)
    if refused and c.file.get("ReID", "tltEncodedModel"):
        others = c.file.get("ReID", "onnxFile") or c.file.get("ReID", "modelEngineFile")
        why = f"{refused.reason}; an engine must be there already"
        at = ("ReID", "tltEncodedModel")
        level: str = "warning" if others else "error"
        yield c.find("old-model", level, at, why, "write onnxFile")  # type: ignore[arg-type]
    int8 = c.file.get("ReID", "networkMode") == "2"
    if int8 and not c.file.get("ReID", "calibrationTableFile"):
        why = "2 is INT8 here (0 FP32, 1 FP16; not nvinfer's numbers), and there is no calibration"
        at = ("ReID", "networkMode")
        yield c.find("int8-without-cache", "error", at, why, "write networkMode: 1")


GROUP_RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (group,)
RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (settings, reid)
