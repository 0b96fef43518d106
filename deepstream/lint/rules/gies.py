"""Rules across an app: its networks, their ids, and the files that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deepstream.lint.context import ConfigFile, Context
from deepstream.lint.finding import Finding

PRIMARY, SECONDARY = "primary-gie", "secondary-gie"
OVERRIDES = ("interval", "gie-unique-id")
SERVER = 1


@dataclass(frozen=True)
class _Gie:
    """A network of the app: its group, the file it names, the id it runs under."""

    section: str
    file: ConfigFile | None
    identity: int | None

    @property
    def secondary(self) -> bool:
        return self.section.startswith(SECONDARY)


def _gies(c: Context) -> list[_Gie]:
    names = [*c.file.numbered(PRIMARY), *c.file.numbered(SECONDARY)]
    return [_gie(c, name) for name in names if c.file.number(name, "enable", 1)]


def _gie(c: Context, section: str) -> _Gie:
    name = _told(c, section)
    inner = c.opened(name)
    told = c.file.get(section, "gie-unique-id") or _inner(inner, "gie-unique-id", "unique_id")
    return _Gie(section, inner, int(told) if told and told.strip().isdecimal() else None)


def _told(c: Context, section: str) -> str | None:
    """The file of a network; deepstream-parallel-infer names one with the whole group in it."""
    keys = ("config-file", "config-file-path", "cfg-file-path")
    return next((found for key in keys if (found := c.file.get(section, key))), None)


def _inner(
    file: ConfigFile | None, key: str, field: str, message: str = "infer_config"
) -> str | None:
    """A value of the network's own file, nvinfer's or nvinferserver's."""
    if file is None:
        return None
    if file.kind_name == "nvinferserver":
        node = file.document.root.find(message, field)
        return node.value if node else None
    return file.get("property", key)


def config_files(c: Context) -> Iterator[Finding]:
    for section in [*c.file.numbered(PRIMARY), *c.file.numbered(SECONDARY)]:
        told = _told(c, section)
        own = c.file.number(section, "plugin-type", 0) > SERVER
        if c.file.number(section, "enable", 1) and not told and not own:
            why = "without the network's file there is no network"
            at = (section, "config-file")
            yield c.find("gie-file", "error", at, why, "add config-file=infer.txt")


def plugin_types(c: Context) -> Iterator[Finding]:
    for one in _gies(c):
        if one.file is None:
            continue
        server = c.file.number(one.section, "plugin-type", 0) == SERVER
        if one.file.kind_name in ("nvinfer", "nvinferserver"):
            right = one.file.kind_name == "nvinferserver"
            if server != right:
                why = f"{one.file.path.name} is {one.file.kind_name}'s file"
                fix = f"write plugin-type={int(right)}"
                yield c.find("plugin-type", "error", (one.section, "plugin-type"), why, fix)


def identities(c: Context) -> Iterator[Finding]:
    seen: dict[int, str] = {}
    for one in _gies(c):
        if one.identity is None:
            continue
        other = seen.setdefault(one.identity, one.section)
        if other != one.section:
            why = f"[{other}] has the id {one.identity} too: results cannot be told apart"
            at = (one.section, "gie-unique-id")
            yield c.find("gie-id-twice", "error", at, why, f"write {max(seen) + 1}")


def operations(c: Context) -> Iterator[Finding]:
    """A secondary network works on what another one found, which must be there."""
    gies = _gies(c)
    known = {one.identity for one in gies}
    whole = None not in known and any(not one.secondary for one in gies) and not _in_pieces(c)
    for one in gies if whole else ():
        told, at = _works_on(c, one), (one.section, "operate-on-gie-id")
        if one.secondary and told is not None and told >= 0 and told not in known:
            why = f"no network of this app has the id {told}"
            fix = f"write one of {', '.join(str(item) for item in sorted(known, key=str))}"
            yield c.find("gie-id-nobody", "error", at, why, fix, f"operate-on-gie-id={told}")
        elif one.secondary and told is None and one.file is not None and len(gies) > 2:
            why = "without it a secondary network looks at the objects of every other one"
            yield c.find("gie-id-any", "warning", at, why, "add operate-on-gie-id=1")


def _in_pieces(c: Context) -> bool:
    """Whether groups of this app stand in other files (deepstream-parallel-infer)."""
    return any("cfg-file-path" in keys for keys in c.file.settings.sections.values())


def _works_on(c: Context, one: _Gie) -> int | None:
    told = c.file.get(one.section, "operate-on-gie-id") or _inner(
        one.file, "operate-on-gie-id", "operate_on_gie_id", "input_control"
    )
    return int(told) if told and told.lstrip("-").isdecimal() else None


def process_modes(c: Context) -> Iterator[Finding]:
    for one in _gies(c):
        mode = _inner(one.file, "process-mode", "process_mode", "input_control")
        wrong = mode in ("2", "PROCESS_MODE_CLIP_OBJECTS") if not one.secondary else mode == "1"
        if one.file is not None and mode is not None and wrong:
            role = "a secondary network" if one.secondary else "the primary network"
            why = f"{one.file.path.name} says process-mode {mode}; deepstream-app runs it as {role}"
            at = (one.section, "config-file")
            yield c.find("process-mode", "warning", at, why, "write the same in both")


def overrides(c: Context) -> Iterator[Finding]:
    for one in _gies(c):
        for key in OVERRIDES if one.file is not None else ():
            assert one.file is not None
            ours, theirs = c.file.get(one.section, key), one.file.get("property", key)
            if ours is not None and theirs is not None and ours != theirs:
                why = f"it overrides {key}={theirs} of {one.file.path.name}"
                yield c.find(
                    "override", "warning", (one.section, key), why, "write the same in both"
                )


def batches(c: Context) -> Iterator[Finding]:
    """The group's batch-size overrides the file's; without one the file's must hold a batch."""
    batch = c.file.number("streammux", "batch-size", 0)
    for one in _gies(c):
        told = c.file.get(one.section, "batch-size")
        theirs = one.file.number("property", "batch-size", 1) if one.file else batch
        if one.section == PRIMARY and told is None and theirs < batch and one.file:
            why = f"{one.file.path.name} says {theirs:g}, less than the mux's batch of {batch:g}"
            fix = f"write batch-size={batch:g}"
            yield c.find("batch-size", "warning", (PRIMARY, "batch-size"), why, fix)


def tracked(c: Context) -> Iterator[Finding]:
    """Asynchronous classifiers, line crossing and direction follow objects by their ids."""
    fragment = "streammux" not in c.file.settings.sections or _in_pieces(c)
    if c.file.enabled("tracker") or c.file.kind_name != "app" or fragment:
        return
    for one in _gies(c):
        if one.file and one.file.number("property", "classifier-async-mode", 0) and one.secondary:
            why = f"{one.file.path.name} has classifier-async-mode=1, which needs a tracker"
            yield c.find(
                "needs-tracker", "error", (one.section, "config-file"), why, "add [tracker]"
            )
    analytics = c.opened(c.file.get("nvds-analytics", "config-file"))
    if c.file.enabled("nvds-analytics") and analytics and _needs_ids(analytics):
        why = "line crossing and direction need a tracker's ids"
        at = ("nvds-analytics", "config-file")
        yield c.find("needs-tracker", "error", at, why, "add [tracker]")


def _needs_ids(analytics: ConfigFile) -> bool:
    stems = ("line-crossing-stream-", "direction-detection-stream-")
    return any(
        name.startswith(stems) and analytics.enabled(name) for name in analytics.settings.sections
    )


def preprocessors(c: Context) -> Iterator[Finding]:
    """nvdspreprocess makes tensors for networks by their ids."""
    known = {one.identity for one in _gies(c)}
    for section in [*c.file.numbered("pre-process"), *c.file.numbered("secondary-pre-process")]:
        file = c.opened(c.file.get(section, "config-file"))
        if file is None or not c.file.enabled(section) or None in known or _in_pieces(c):
            continue
        for wanted in file.numbers("property", "target-unique-ids"):
            if wanted not in known:
                why = f"{file.path.name} makes tensors for id {wanted}, which no network has"
                at = (section, "config-file")
                yield c.find("gie-id-nobody", "error", at, why, "correct target-unique-ids")


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    config_files, plugin_types, identities, operations, process_modes, overrides, batches, tracked,
    preprocessors,
)  # fmt: skip
