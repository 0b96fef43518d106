"""Rules for deepstream-app files (``deepstream_config_file_parser.c``, ``deepstream_app.c``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from deepstream.lint.context import Context
from deepstream.lint.finding import Finding
from deepstream.lint.rules.sources import source_count

MANY = "use-nvmultiurisrcbin"
LEAST_TIMEOUT = 1000  # microseconds: shorter than a frame of any camera


def batches(c: Context) -> Iterator[Finding]:
    if many(c):
        return  # its own max-batch-size takes the place of both
    count = source_count(c)
    batch = c.file.number("streammux", "batch-size", 0)
    if count and batch and batch != count:
        why = f"{count} sources; a batch holds one frame of each"
        fix = f"write batch-size={count}"
        yield c.find("batch-size", "warning", ("streammux", "batch-size"), why, fix)
    network = c.file.number("primary-gie", "batch-size", 0)
    if c.file.enabled("primary-gie") and network and network < batch:
        why = f"smaller than the mux's batch of {batch:g}"
        fix = f"write batch-size={batch:g}"
        yield c.find("batch-size", "warning", ("primary-gie", "batch-size"), why, fix)


def mux(c: Context) -> Iterator[Finding]:
    own_file = c.file.get("streammux", "config-file-path") or c.file.get("streammux", "config-file")
    asked = "streammux" in c.file.settings.sections and not own_file
    for key in ("width", "height") if asked else ():
        if c.file.number("streammux", key, 0) <= 0:
            why = "the mux must be told the size of its picture"
            yield c.find("mux-size", "error", ("streammux", key), why, f"add {key}")


def timeout(c: Context) -> Iterator[Finding]:
    at = ("streammux", "batched-push-timeout")
    told = c.file.number(*at, -1)
    if 0 < told < LEAST_TIMEOUT:
        why = f"it is told in microseconds: {told / 1000:g} ms, in which no batch fills"
        yield c.find("timeout", "warning", at, why, "write 40000, a frame of 25 in a second")


def skipped(c: Context) -> Iterator[Finding]:
    """What the primary network does not look at has boxes from the tracker alone."""
    file = c.opened(c.file.get("primary-gie", "config-file"))
    own = c.file.get("primary-gie", "interval") is not None
    told = c.file.number("primary-gie", "interval", 0)
    if not own and file is not None and file.kind_name == "nvinfer":
        told = file.number("property", "interval", 0)
    if told > 0 and c.file.enabled("primary-gie") and not c.file.enabled("tracker"):
        why = f"{told:g} batches of {told + 1:g} have no boxes without a tracker"
        at = ("primary-gie", "interval" if own else "config-file")
        yield c.find("interval", "warning", at, why, "add [tracker], or write interval=0")


def tiles(c: Context) -> Iterator[Finding]:
    at = ("tiled-display", "rows")
    tiles = c.file.number(*at, 1) * c.file.number("tiled-display", "columns", 1)
    count = source_count(c)
    if c.file.enabled("tiled-display") and count > tiles:
        why = f"{tiles:g} tiles for {count} sources: the rest is not shown"
        yield c.find("tiles", "warning", at, why, "write more rows or columns")


def kitti(c: Context) -> Iterator[Finding]:
    for key in ("gie-kitti-output-dir", "kitti-track-output-dir"):
        name = c.file.get("application", key)
        if name and not c.file.beside(name).is_dir():
            why = "the folder does not exist: files are left out without a word"
            yield c.find("kitti-folder", "warning", ("application", key), why, f"mkdir -p {name}")


def many(c: Context) -> bool:
    """Whether one element is to play all sources."""
    return bool(c.file.kind_name == "app" and c.file.number("source-list", MANY, 0))


def many_sources(c: Context) -> Iterator[Finding]:
    """What nvmultiurisrcbin makes of its lists."""
    if not many(c):
        return
    addresses = c.file.items("source-list", "list")
    most = c.file.number("source-list", "max-batch-size", len(addresses))
    if most < len(addresses):
        at, fix = ("source-list", "max-batch-size"), f"write max-batch-size={len(addresses)}"
        why = f"the list has {len(addresses)} addresses: those beyond are not added"
        yield c.find("max-batch-size", "error", at, why, fix)
    if any("," in one for one in addresses):
        why = "nvmultiurisrcbin takes a comma for the end of an address"
        yield c.find("uri", "error", ("source-list", "list"), why, "write %2C for the comma")
    for key in ("sensor-id-list", "sensor-name-list"):
        names = c.file.items("source-list", key)
        if names and len(names) != len(addresses):
            why = f"{len(names)} names for {len(addresses)} addresses, which go one by one"
            yield c.find(key, "warning", ("source-list", key), why, "name every address")
    ids = c.file.items("source-list", "sensor-id-list")
    for one in sorted({one for one in ids if ids.count(one) > 1}):
        why = f"{one} is the name of two streams, which cannot be told apart later"
        yield c.find(
            "sensor-id-list", "error", ("source-list", "sensor-id-list"), why, "rename one"
        )


def preprocessing(c: Context) -> Iterator[Finding]:
    wanted = c.file.number("primary-gie", "input-tensor-meta", 0) and c.file.enabled("streammux")
    if wanted and not c.file.enabled("pre-process"):
        why = "nobody makes the tensors: [pre-process] is absent or switched off"
        at = ("primary-gie", "input-tensor-meta")
        yield c.find(
            "input-tensor-meta", "error", at, why, "add [pre-process] with its config-file"
        )


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    batches, mux, timeout, skipped, tiles, kitti, many_sources, preprocessing,
)  # fmt: skip
