"""Rules for what nvinfer does after the network: parsers, thresholds, clustering, labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from deepstream.lint.context import Context
from deepstream.lint.finding import Finding

P, ALL = "property", "class-attrs-all"
DETECTOR, CLASSIFIER, SEGMENTATION = 0, 1, 2
DBSCAN, NO_CLUSTERING = "1", "4"
FRACTIONS = ("pre-cluster-threshold", "post-cluster-threshold", "threshold")
STOCK = "libnvds_infercustomparser.so"
# Parsers of the stock library that look at class 0's threshold for every class.
ONE_THRESHOLD = (
    "NvDsInferParseCustomNMSTLT", "NvDsInferParseCustomBatchedNMSTLT",
    "NvDsInferParseYoloV5CustomBatchedNMSTLT", "NvDsInferParseCustomEfficientDetTAO",
    "NvDsInferParseCustomMrcnnTLT", "NvDsInferParseCustomMrcnnTLTV2",
    "NvDsInferParseCustomYoloV11OBB",
)  # fmt: skip
FOUR_CLASSES = "NvDsInferParseCustomDDETRTAO"


def clustering(c: Context) -> Iterator[Finding]:
    kind, mode = int(c.file.number(P, "network-type", 0)), c.file.get(P, "cluster-mode")
    legacy = c.file.number(P, "is-classifier", 0) or c.file.number(P, "enable-dbscan", 0)
    if c.file.document.format.name == "yaml":
        legacy = 0
    if kind == DETECTOR and mode in (None, "0") and not legacy:
        why = "DeepStream without OpenCV turns it into NMS at IoU 0.5 and topk 20, over your values"
        yield c.find("cluster-mode", "warning" if mode is None else "error", (P, "cluster-mode"),
                     why, "write cluster-mode=2", f"cluster-mode={mode or 'unset'}")  # fmt: skip
    if c.file.number(P, "output-instance-mask", 0) and mode != "4":
        why = "masks are lost in clustering"
        at = (P, "output-instance-mask")
        yield c.find("instance-mask", "error", at, why, "write cluster-mode=4")


def thresholds(c: Context) -> Iterator[Finding]:
    for section in c.file.settings.sections:
        for key in FRACTIONS if section.startswith("class-attrs-") else ():
            if c.file.number(section, key, 0) > 1:
                why = "scores are fractions: nothing would be left"
                yield c.find("fraction", "error", (section, key), why, "write 0 to 1")
    if c.file.number(P, "classifier-threshold", 0) > 1:
        why = "scores are fractions: nothing would be left"
        yield c.find("fraction", "error", (P, "classifier-threshold"), why, "write 0 to 1")


def dbscan(c: Context) -> Iterator[Finding]:
    sections = [one for one in c.file.settings.sections if one.startswith("class-attrs-")]
    told = any(c.file.number(one, "minBoxes", 0) for one in sections)
    if c.file.get(P, "cluster-mode") == DBSCAN and not told:
        why = "minBoxes is 0: DBSCAN is skipped, and every box of the network stays"
        yield c.find("dbscan", "warning", (P, "cluster-mode"), why, "add minBoxes=1 or more")


def without_clustering(c: Context) -> Iterator[Finding]:
    for section in c.file.settings.sections:
        told = c.file.number(section, "post-cluster-threshold", 0)
        if c.file.get(P, "cluster-mode") == NO_CLUSTERING and told:
            why = "cluster-mode=4 does not apply it"
            at = (section, "post-cluster-threshold")
            yield c.find("post-threshold", "warning", at, why, "write pre-cluster-threshold")


def parsers(c: Context) -> Iterator[Finding]:
    """What NVIDIA's stock parsers do with settings that they do not look at."""
    if not (c.file.get(P, "custom-lib-path") or "").endswith(STOCK):
        return
    for key in ("parse-bbox-func-name", "parse-bbox-instance-mask-func-name"):
        name = c.file.get(P, key)
        if name == FOUR_CLASSES and c.file.number(P, "num-detected-classes", 0) != 4:
            why = "the stock library reads its logits in rows of 4: right for 4 classes alone"
            fix = "take libnvds_infercustomparser_tao.so of deepstream_tao_apps"
            yield c.find("stock-parser", "error", (P, key), why, fix)
        if name in ONE_THRESHOLD:
            yield from _lower_than_first(c, name)


def _lower_than_first(c: Context, parser: str) -> Iterator[Finding]:
    key = "pre-cluster-threshold"
    for_all = c.file.number(ALL, key, 0.2)
    first = c.file.number("class-attrs-0", key, for_all)
    for section in (ALL, *c.file.numbered("class-attrs-")):
        if c.file.number(section, key, for_all) < first:
            why = f"{parser} drops what is under class 0's threshold, {first:g}, of every class"
            yield c.find("one-threshold", "warning", (section, key), why, "lower class 0's too")


def segmentation(c: Context) -> Iterator[Finding]:
    kind = int(c.file.number(P, "network-type", 0))
    own = c.file.get(P, "parse-segmentation-func-name")
    if kind == SEGMENTATION and not own and not c.file.number(P, "num-detected-classes", 0):
        why = "the built-in parser wants as many channels as num-detected-classes, which is 0"
        at = (P, "network-type")
        yield c.find("segmentation-classes", "error", at, why, "add num-detected-classes")


def classifier_labels(c: Context) -> Iterator[Finding]:
    if int(c.file.number(P, "network-type", 0)) != CLASSIFIER:
        return
    name, at = c.file.get(P, "labelfile-path"), (P, "labelfile-path")
    file = c.file.beside(name or "")
    if not name and not c.file.get(P, "parse-classifier-func-name"):
        if not c.file.number(P, "output-tensor-meta", 0):
            why = "a classifier without labels attaches nothing to an object"
            yield c.find("classifier-labels", "warning", at, why, "add labelfile-path")
    elif name and file.is_file() and not Path(name).is_absolute():
        lines = [one for one in file.read_text("utf-8", "replace").splitlines() if one.strip()]
        if len(lines) > 1 and not any(";" in one for one in lines):
            why = "a classifier's file has a line for each output, its classes between semicolons"
            fix = f"write {';'.join(lines[:3])}... in one line"
            yield c.find("classifier-labels", "error", at, why, fix)


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    clustering, thresholds, dbscan, without_clustering, parsers, segmentation, classifier_labels,
)  # fmt: skip
