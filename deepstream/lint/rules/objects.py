"""Rules for which objects a network keeps or looks at: classes, sizes, how many."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from deepstream.lint.context import ConfigFile, Context
from deepstream.lint.finding import Finding

P = "property"
DETECTORS = (0, 3)
ON_CLASSES = "operate-on-class-ids"
SIZES = {  # the least and the most; 0 at most is none
    P: (
        ("input-object-min-width", "input-object-max-width"),
        ("input-object-min-height", "input-object-max-height"),
    ),
    "class-attrs": (
        ("detected-min-w", "detected-max-w"),
        ("detected-min-h", "detected-max-h"),
    ),
}


def filtered(c: Context) -> Iterator[Finding]:
    yield from _nobody(c, (P, "filter-out-class-ids"), c.file, "this network")


def operated(c: Context) -> Iterator[Finding]:
    """Classes that a secondary network waits for, which the one before it must know."""
    networks = {_identity(c, one): one for one in _groups(c, "primary-gie", "secondary-gie")}
    for section in _groups(c, "secondary-gie"):
        file = _file(c, section)
        told = c.file.get(section, "operate-on-gie-id") or (
            file.get(P, "operate-on-gie-id") if file else None
        )
        before = _file(c, networks.get(told, "")) if told else None
        if before is None:
            continue
        if c.file.get(section, ON_CLASSES):
            yield from _nobody(c, (section, ON_CLASSES), before, before.path.name)
        elif file is not None:
            inner = Context(file, c.files, c.place)
            yield from _nobody(inner, (P, ON_CLASSES), before, before.path.name)


def _groups(c: Context, *stems: str) -> list[str]:
    return [one for stem in stems for one in c.file.numbered(stem) if c.file.enabled(one)]


def _file(c: Context, section: str) -> ConfigFile | None:
    found = c.opened(c.file.get(section, "config-file")) if section else None
    return found if found and found.kind_name == "nvinfer" else None


def _identity(c: Context, section: str) -> str | None:
    file = _file(c, section)
    return c.file.get(section, "gie-unique-id") or (file.get(P, "gie-unique-id") if file else None)


def _nobody(c: Context, at: tuple[str, str], network: ConfigFile, title: str) -> Iterator[Finding]:
    count = int(network.number(P, "num-detected-classes", 0))
    detects = int(network.number(P, "network-type", 0)) in DETECTORS
    told = (c.file.get(*at) or "").replace(":", ";").split(";")
    beyond = [one.strip() for one in told if one.strip().isdecimal() and int(one) >= count]
    if count and detects and beyond:
        why = f"{title} has {count} classes, counted from 0: there is no {', '.join(beyond)}"
        yield c.find("class-nobody", "warning", at, why, "correct the numbers of the classes")


def sizes(c: Context) -> Iterator[Finding]:
    for section in c.file.settings.sections:
        stem = P if section == P else "class-attrs" if section.startswith("class-attrs-") else ""
        for least, most in SIZES.get(stem, ()):
            low, high = c.file.number(section, least, 0), c.file.number(section, most, 0)
            if 0 < high < low:
                why = f"{least}={low:g} is more: nothing is of such a size"
                yield c.find("sizes", "error", (section, most), why, f"write {low:g} or more")


def none_kept(c: Context) -> Iterator[Finding]:
    for section in c.file.settings.sections:
        told = c.file.get(section, "topk") if section.startswith("class-attrs-") else None
        if told is not None and told.strip() == "0":
            why = "the best 0 boxes of the class are kept: none"
            yield c.find("topk", "warning", (section, "topk"), why, "leave it out for no limit")


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (filtered, sizes, none_kept)
APP_RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (operated,)
