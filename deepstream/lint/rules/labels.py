"""Rules for the label file that an nvinfer file names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from deepstream.lint.context import Context
from deepstream.lint.finding import Finding

P, KEY = "property", "labelfile-path"
WITH_BOXES = (0, 3)
KITTI = ("gie-kitti-output-dir", "kitti-track-output-dir")


def nameless(c: Context) -> Iterator[Finding]:
    """The app may name a file of its own, which the group of a network holds."""
    apps = [one for one in c.of_kind("app") if any(one.get("application", key) for key in KITTI)]
    named = c.file.get(P, KEY) or c.file.get(P, "output-tensor-meta")
    groups = [
        (app, group)
        for app in apps
        for group in (*app.numbered("primary-gie"), *app.numbered("secondary-gie"))
        if app.beside(app.get(group, "config-file") or "").resolve() == c.file.path.resolve()
    ]
    boxes = int(c.file.number(P, "network-type", 0)) in WITH_BOXES
    if boxes and not named and any(not app.get(group, KEY) for app, group in groups):
        why = "objects have no name, and the KITTI files that the app writes no first column"
        yield c.find("labels", "error", (P, KEY), why, "add labelfile-path, one name a line")


def labels(c: Context) -> Iterator[Finding]:
    file = c.file.beside(c.file.get(P, KEY) or ".")
    if not file.is_file() or int(c.file.number(P, "network-type", 0)) not in WITH_BOXES:
        return
    lines = file.read_bytes().decode("utf-8", "replace").split("\n")
    names = [line for line in lines if line.strip("\r")]
    count = int(c.file.number(P, "num-detected-classes", 0))
    if count and len(names) != count:
        why = f"{len(names)} names for {count} classes"
        fix = "one name a line, as many as num-detected-classes"
        yield c.find("label-count", "error", (P, KEY), why, fix)
    if any("\r" in name for name in names):
        why = "a line ends in CR, which becomes part of the name"
        yield c.find("label-cr", "error", (P, KEY), why, "use LF")
    for name in names if _writes_kitti(c) else ():
        if " " in name.strip("\r") or ";" in name:
            why = f"the name {name!r} breaks the columns of KITTI files, which the app writes"
            yield c.find("label-space", "error", (P, KEY), why, "write one word a line")


def _writes_kitti(c: Context) -> bool:
    return any(app.get("application", key) for app in c.of_kind("app") for key in KITTI)


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (labels, nameless)
