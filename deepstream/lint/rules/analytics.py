"""Rules for nvdsanalytics: every group needs its shape, inside the picture it is measured in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from deepstream.lint.context import Context
from deepstream.lint.finding import Finding

P = "property"
SHAPES = {
    "roi-filtering-stream-": "roi-",
    "overcrowding-stream-": "roi-",
    "line-crossing-stream-": "line-crossing-",
    "direction-detection-stream-": "direction-",
}


def shapes(c: Context) -> Iterator[Finding]:
    for section in c.file.settings.sections:
        prefix = next((one for stem, one in SHAPES.items() if section.startswith(stem)), None)
        if prefix is None:
            continue
        keys = [key for key in c.file.settings.sections[section] if key.startswith(prefix)]
        if not keys:
            why = "nvdsanalytics does not start with a group that has no shape"
            yield c.find("analytics-shape", "error", (section, None), why, f"add {prefix}NAME=...")
        for key in keys:
            yield from _points(c, section, key)


def _points(c: Context, section: str, key: str) -> Iterator[Finding]:
    points = c.file.numbers(section, key)
    if key.startswith("roi-") and (len(points) % 2 or len(points) < 6):
        why = f"{len(points)} numbers make no polygon: x and y of three corners or more"
        yield c.find("analytics-polygon", "error", (section, key), why, "write x1;y1;x2;y2;x3;y3")
        return
    width, height = (c.file.number(P, f"config-{one}", 0) for one in ("width", "height"))
    outside = [
        f"{x};{y}" for x, y in zip(points[::2], points[1::2], strict=False)
        if width and height and (x > width or y > height)
    ]  # fmt: skip
    if outside:
        size = f"{width:g}x{height:g}"
        why = f"{', '.join(outside)} lies outside of config-width x config-height, {size}"
        fix = "write pixels of that size, or the size that they were measured in"
        yield c.find("analytics-outside", "warning", (section, key), why, fix)


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (shapes,)
