"""Rules for sources: groups of a deepstream-app file, or the rows of its CSV file."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from deepstream.lint.context import ConfigFile, Context, short
from deepstream.lint.finding import Finding
from deepstream.lint.schema import kinds
from train2edge.settings_file import Node

CSI, RTSP = 5, 4
WITH_ADDRESS = (2, 3, 4)
LIST, SHARED = "source-list", "source-attr-all"
MULTI_BIN = "use-nvmultiurisrcbin"  # its sources may come later, by HTTP
LISTED = ("file://", "rtsp://", "usb:", "csi:")


def source_count(c: Context) -> int:
    """How many streams the sources give; 0 where they are told elsewhere."""
    if "source-list" in c.file.settings.sections:
        return len(c.file.items("source-list", "list"))
    rows = _table(c)
    if rows is not None:
        return sum(_streams(dict(_cells(row))) for row in _rows(rows))
    groups = c.file.settings.values()
    return sum(_streams(groups[name]) for name in c.file.numbered("source") if name != "source")


def _streams(values: dict[str, str]) -> int:
    if values.get("enable", "1").strip() != "1":
        return 0
    told = values.get("num-sources", "").strip()
    return int(told) if told.isdecimal() and values.get("type", "").strip() != "9" else 1


def _table(c: Context) -> ConfigFile | None:
    return c.opened(c.file.get("source", "csv-file-path"))


def _rows(file: ConfigFile) -> list[Node]:
    return [one for one in file.document.root.children if one.key != "header"]


def _cells(row: Node) -> Iterator[tuple[str, str]]:
    yield from ((cell.key, cell.value) for cell in row.children)


def groups(c: Context) -> Iterator[Finding]:
    for section in c.file.numbered("source"):
        values = c.file.settings.values()[section]
        if section != "source" and values.get("enable", "1") != "0":
            yield from _source(c, values, lambda key, at=section: (at, key))  # type: ignore[misc]


def _source(
    c: Context, values: dict[str, str], at: Callable[[str], tuple[str, str]]
) -> Iterator[Finding]:
    kind, uri = values.get("type", ""), values.get("uri", "")
    target = c.place.target
    if kind == str(CSI) and target and target.kind != "jetson":
        yield c.find("csi", "error", at("type"), "CSI cameras are on Jetsons only", "write type=2")
    if kind.isdecimal() and int(kind) in WITH_ADDRESS and "://" not in uri:
        yield c.find("uri", "error", at("uri"), "is not an address", "write file://PATH")
    live = kind == str(RTSP) or uri.startswith(("rtsp://", "rtsps://"))
    if kind == str(RTSP) and "://" in uri and not uri.startswith("rtsp"):
        why = "type=4 asks an RTSP server"
        yield c.find("uri", "error", at("uri"), why, "write type=2, or an rtsp:// address")
    elif live and c.file.get("streammux", "live-source") == "0":
        why = "an RTSP source is live, and the mux is to be told so"
        where = ("streammux", "live-source")
        yield c.find("live-source", "warning", where, why, "write live-source=1")
    path = uri.removeprefix("file://")
    relative = uri.startswith("file://") and not path.startswith("/") and "%" not in path
    if relative and not c.file.beside(path).is_file():
        fix = "file://PATH is relative to this file"
        yield c.find("missing-path", "error", at("uri"), f"no such file: {path}", fix)


def table(c: Context) -> Iterator[Finding]:
    """A CSV file of sources by itself: its columns, and what its rows say."""
    known = kinds()["app"].groups["source<N>"]
    for cell in next(iter(c.file.document.root.children), Node("", "map", 1, (0, 0))).children:
        if known.key(cell.value) is None:
            why = "no key of a source has this name: DeepStream passes over the column"
            yield c.at_node("unknown-key", "warning", cell, why, "remove it", cell.value)
    for row in _rows(c.file):
        yield from _row(c, row)


def _row(c: Context, row: Node) -> Iterator[Finding]:
    known = kinds()["app"].groups["source<N>"]
    for cell in row.children:
        spec = known.key(cell.key)
        try:
            if spec and cell.value:
                spec.check(cell.value)
        except ValueError as error:
            yield c.at_node("value", "error", cell, str(error), "write a value that is allowed")
    uri = row.find("uri")
    kind = row.find("type")
    numbered = kind is not None and kind.value in map(str, WITH_ADDRESS)
    if uri is not None and numbered and "://" not in uri.value:
        yield c.at_node("uri", "error", uri, "is not an address", "write file://PATH")


def listed(c: Context) -> Iterator[Finding]:
    """``[source-list]`` and what its sources share (``deepstream_app_config_parser.c``)."""
    if LIST not in c.file.settings.sections:
        if SHARED in c.file.settings.sections:
            why = f"without [{LIST}] nothing takes its keys from here"
            yield c.find("source-list", "warning", (SHARED, None), why, f"add [{LIST}] with list")
        return
    yield from _shared(c)
    count, told = source_count(c), int(c.file.number(LIST, "num-source-bins", -1))
    if told >= 0 and count != told:
        why, at = f"the list has {count} addresses", (LIST, "num-source-bins")
        yield c.find("source-list", "warning", at, why, f"write num-source-bins={count}")
    for one in c.file.items(LIST, "list"):
        if not one.startswith(LISTED):
            why = f"{short(one)}: a list takes {', '.join(LISTED)} alone"
            yield c.find("uri", "error", (LIST, "list"), why, "write [sourceN] groups instead")
    yield from _changing(c, count)


def _shared(c: Context) -> Iterator[Finding]:
    if SHARED not in c.file.settings.sections:
        why = f"its sources take everything but their address from [{SHARED}]"
        at = (LIST, None)
        yield c.find("source-list", "error", at, why, f"add [{SHARED}] with enable, type")
    elif c.file.number(SHARED, "enable", 0) == 0 and not c.file.number(LIST, MULTI_BIN, 0):
        why = "it says so for every source of the list: none is on"
        yield c.find("source-list", "error", (SHARED, "enable"), why, "write enable=1")


def _changing(c: Context, count: int) -> Iterator[Finding]:
    for section in c.file.numbered("source"):
        index = section.removeprefix("source")
        if index.isdecimal() and c.file.enabled(section) and int(index) >= count:
            why = f"[{LIST}] has {count} sources, counted from 0: the app does not start"
            yield c.find("source-list", "error", (section, None), why, "remove the group")


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (groups, listed)
TABLE_RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (table,)
