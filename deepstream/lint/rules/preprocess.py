"""Rules for nvdspreprocess: the tensor's shape, and regions that come in fours."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from deepstream.lint.context import Context, is_placeholder
from deepstream.lint.finding import Finding

P, STEM = "property", "roi-params-src-"
NCHW, NHWC = 0, 1
CHANNELS = {0: 3, 1: 3, 2: 1}


def shape(c: Context) -> Iterator[Finding]:
    at = (P, "network-input-shape")
    dims = c.file.numbers(*at)
    order = int(c.file.number(P, "network-input-order", 0))
    if is_placeholder(c.file.get(*at) or "") or len(dims) != 4 or order not in (NCHW, NHWC):
        return
    channels, height, width = dims[1:] if order == NCHW else (dims[3], dims[1], dims[2])
    wanted = CHANNELS.get(int(c.file.number(P, "network-color-format", 0)), channels)
    if channels != wanted:
        why = f"{channels} channels, but network-color-format has {wanted}"
        yield c.find("preprocess-channels", "error", at, why, "write batch;channels;height;width")
    for key, size in (("processing-width", width), ("processing-height", height)):
        told = c.file.number(P, key, size)
        if told != size:
            why = f"the tensor is {width}x{height}"
            yield c.find("preprocess-size", "warning", (P, key), why, f"write {key}={size}")


def regions(c: Context) -> Iterator[Finding]:
    for section in c.file.settings.sections:
        for key in c.file.settings.sections[section] if section.startswith("group-") else ():
            if key.startswith(STEM):
                numbers = c.file.numbers(section, key)
                if len(numbers) % 4 and not is_placeholder(c.file.get(section, key) or ""):
                    why = f"{len(numbers)} numbers; a region is left;top;width;height"
                    yield c.find("preprocess-roi", "error", (section, key), why, "write four each")


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (shape, regions)
