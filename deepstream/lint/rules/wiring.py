"""Rules for an app's files among one another: each name must lead to the right kind of file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from deepstream.lint.context import ConfigFile, Context
from deepstream.lint.finding import Finding
from deepstream.lint.rules.sources import source_count
from deepstream.lint.schema import kinds

KINDS = {  # group without its number, key: the kinds that belong there
    ("nvds-analytics", "config-file"): ("analytics",),
    ("pre-process", "config-file"): ("preprocess",),
    ("secondary-pre-process", "config-file"): ("preprocess",),
    ("tracker", "ll-config-file"): ("tracker", "tracker-old"),
    ("streammux", "config-file"): ("mux",),
    ("streammux", "config-file-path"): ("mux",),
    ("dewarper", "config-file"): ("dewarper",),
    ("sink", "msg-conv-config"): ("msgconv",),
    ("message-converter", "msg-conv-config"): ("msgconv",),
    ("sink", "msg-broker-config"): ("broker",),
    ("message-consumer", "config-file"): ("broker",),
    ("primary-gie", "config-file"): ("nvinfer", "nvinferserver", "modelmux"),
    ("infer-eval", "config-file"): ("infereval",),
    ("secondary-gie", "config-file"): ("nvinfer", "nvinferserver"),
}
# Values that a key took later than the key itself: group without its number, key, value.
VALUES_SINCE = {
    ("source", "type", "9"): "9.0",
    ("primary-gie", "plugin-type", "2"): "9.0",
    ("primary-gie", "plugin-type", "3"): "9.0",
    ("primary-gie", "plugin-type", "4"): "9.1",
    ("secondary-gie", "plugin-type", "2"): "9.0",
    ("secondary-gie", "plugin-type", "3"): "9.0",
}
SURFACE_ARRAY = 4
NEW_MUX = "USE_NEW_NVSTREAMMUX=yes"
OLD_MUX_KEYS = ("width", "height", "enable-padding", "live-source", "buffer-pool-size")


def _stem(section: str) -> str:
    return section.rstrip("0123456789")


def wrong_kinds(c: Context) -> Iterator[Finding]:
    for section, keys in c.file.settings.sections.items():
        for key in keys if c.file.enabled(section) else ():
            wanted = KINDS.get((_stem(section), key))
            for name in c.file.items(section, key) if wanted else ():
                file = c.opened(name)
                if file is not None and wanted and file.kind_name not in (*wanted, "other"):
                    found = kinds()[file.kind_name].title if file.kind else file.kind_name
                    why = f"{name} is a file of another kind: {found}"
                    yield c.find("wrong-kind", "error", (section, key), why, "name the right file")


def values_since(c: Context) -> Iterator[Finding]:
    for section, keys in c.file.settings.sections.items():
        for key, entry in keys.items():
            since = VALUES_SINCE.get((_stem(section), key, entry.value))
            if since and not c.place.since(since):
                why = f"this value came with DeepStream {since}"
                yield c.find("too-new", "error", (section, key), why, "write an older one")


def memory(c: Context) -> Iterator[Finding]:
    target = c.place.target
    for section in c.file.settings.sections if target and target.kind == "dgpu" else ():
        if c.file.number(section, "nvbuf-memory-type", 0) == SURFACE_ARRAY:
            why = "surface arrays are memory of Jetsons"
            yield c.find("memory-type", "error", (section, "nvbuf-memory-type"), why, "write 0")


def new_mux(c: Context) -> Iterator[Finding]:
    """The new mux's file is read with an environment variable alone; then other keys are not."""
    key = "config-file-path" if c.place.since("6.4") else "config-file"
    old = [one for one in OLD_MUX_KEYS if c.file.get("streammux", one) is not None]
    if c.file.get("streammux", key) and old:
        why = f"it is read with {NEW_MUX} alone, and then {', '.join(old)} are not"
        at = ("streammux", key)
        yield c.find("new-mux", "warning", at, why, "keep the keys of the mux that you run")


def streams(c: Context) -> Iterator[Finding]:
    """Analytics and regions are told by the number of a source, counted from 0."""
    count = source_count(c)
    file = c.opened(c.file.get("nvds-analytics", "config-file"))
    if not count or file is None or not c.file.enabled("nvds-analytics"):
        return
    for name in file.settings.sections:
        match = re.fullmatch(r".*-stream-(\d+)", name)
        if match and int(match[1]) >= count and file.enabled(name):
            why = f"[{name}] of {file.path.name}: the app has {count} sources, counted from 0"
            at = ("nvds-analytics", "config-file")
            yield c.find("stream-nobody", "warning", at, why, "correct the number of the stream")


def engines(c: Context) -> Iterator[Finding]:
    """An engine that a library builds has a name without its model's, in the working folder."""
    seen: dict[str, str] = {}
    for section in c.file.settings.sections:
        file = c.opened(c.file.get(section, "config-file"))
        if file is None or not c.file.enabled(section) or not _stem(section).endswith("-gie"):
            continue
        name = _engine(file)
        other = seen.setdefault(name, section) if name else section
        if other != section:
            why = (
                f"[{other}] builds its engine under the same name, {name}: one overwrites the other"
            )
            fix = "give each model-engine-file a path of its own and move the engines there"
            yield c.find("engine-name", "warning", (section, "config-file"), why, fix)


def _engine(file: ConfigFile) -> str:
    """The name that nvinfer gives an engine which ``engine-create-func-name`` built."""
    if not file.get("property", "engine-create-func-name"):
        return ""
    batch, gpu = (
        file.number("property", key, one) for key, one in (("batch-size", 1), ("gpu-id", 0))
    )
    precision = ("fp32", "int8", "fp16", "best")[
        int(file.number("property", "network-mode", 0)) % 4
    ]
    return f"model_b{batch:g}_gpu{gpu:g}_{precision}.engine"


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    wrong_kinds, values_since, memory, new_mux, streams, engines,
)  # fmt: skip
