"""Rules that the tables of ``configs/deepstream`` give for every kind of file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from pathlib import Path

from deepstream.lint.context import Context, is_placeholder, version
from deepstream.lint.finding import Finding
from deepstream.lint.rules.texts import has_comment, reads_digits
from deepstream.lint.schema import GroupSpec, KeySpec
from train2edge.targets import releases as known_releases

PASSED_OVER = "DeepStream passes over it"
# A flag of 0, and what another key says too, lose nothing where the YAML form does not read them.
SAID_ELSEWHERE = {"is-classifier": "network-type", "input-dims": "infer-dims"}


def dead_files(c: Context) -> Iterator[Finding]:
    kind = c.file.kind
    if kind and kind.until and c.place.after(kind.until):
        first = next(iter(c.file.settings.sections))
        why = f"DeepStream read such a file up to {kind.until}"
        fix = "start from a sample file of this release"
        yield c.find("gone", "warning", (first, None), why, fix, kind.title)


def groups(c: Context) -> Iterator[Finding]:
    kind, form = c.file.kind, c.file.document.format.name
    for name in c.file.settings.sections if kind else ():
        assert kind is not None
        spec = kind.group(name)
        if spec is None and not kind.open and c.file.settings.sections[name]:
            yield _unknown_group(c, name, list(kind.groups))
        elif spec and spec.forms and form not in spec.forms and not kind.open:
            why = f"{kind.title} does not read this group in this form of file"
            yield c.find("form", "error", (name, None), why, _other_form(name))


def _unknown_group(c: Context, name: str, known: list[str]) -> Finding:
    assert c.file.kind is not None
    stem = name.rstrip("0123456789")
    near = difflib.get_close_matches(stem, [one.split("<")[0] for one in known], 1, 0.75)
    fix = f"did you mean [{near[0]}]?" if near else "remove it"
    why = f"{c.file.kind.title} does not read this group"
    return c.find("unknown-group", "warning", (name, None), why, fix)


def _other_form(name: str) -> str:
    return "source: csv-file-path: sources.csv" if name.startswith("source") else "write [source0]"


def names(c: Context) -> Iterator[Finding]:
    for section, key, spec, group in _keys(c):
        if spec is None and not group.open and not (c.file.kind and c.file.kind.open):
            near = difflib.get_close_matches(key, group.keys, 1, 0.7)
            elsewhere = _elsewhere(c, key)
            if not near and not elsewhere and c.file.kind and c.file.kind.partial:
                continue
            fix = f"did you mean {near[0]}?" if near else elsewhere or "remove it"
            why = f"[{section}] has no such key: {PASSED_OVER}"
            yield c.find("unknown-key", "warning", (section, key), why, fix)


def _elsewhere(c: Context, key: str) -> str:
    """Which group has the key that stands in another one."""
    found = (
        [name for name, one in c.file.kind.groups.items() if one.key(key)] if c.file.kind else []
    )
    return f"it belongs into [{found[0]}]" if len(found) == 1 else ""


def releases(c: Context) -> Iterator[Finding]:
    for section, key, spec, _ in _keys(c):
        if spec and spec.since and not c.place.since(spec.since):
            why = f"it came with DeepStream {spec.since}; {c.place.release.name} passes over it"
            fix = f"write {spec.instead}" if spec.instead else "remove it or move to that release"
            off = c.file.get(section, key) == "0"  # nothing is lost where it is not read
            yield c.find("too-new", "warning" if off else "error", (section, key), why, fix)
        elif spec and spec.until and c.place.after(spec.until):
            why = f"it is gone since DeepStream {_next(spec.until)}: {PASSED_OVER}"
            level = "warning" if spec.instead.startswith("remove") else "error"
            fix = spec.instead if level == "warning" else f"write {spec.instead}"
            yield c.find("gone", level, (section, key), why, fix)  # type: ignore[arg-type]


def _next(release: str) -> str:
    """The release after ``release``, which is the last one that reads a key."""
    return next((name for name in known_releases() if version(name) > version(release)), release)


def text_form_only(c: Context) -> Iterator[Finding]:
    if c.file.document.format.name != "yaml":
        return
    for section, key, spec, _ in _keys(c):
        other = SAID_ELSEWHERE.get(key)
        harmless = c.file.get(section, key) == "0" or (other and c.file.get(section, other))
        if spec and spec.text_only and not harmless:
            assert c.file.kind is not None
            why = f"{c.file.kind.title} reads this key in the text form alone"
            fix = f"write {spec.instead}" if spec.instead else "remove it"
            yield c.find("text-form-only", "warning", (section, key), why, fix)


def values(c: Context) -> Iterator[Finding]:
    for section, key, spec, _ in _keys(c):
        value = c.file.get(section, key) or ""
        if spec is None or is_placeholder(value) or (not value and spec.type in ("text", "path")):
            continue
        if has_comment(value) and not reads_digits(c, spec):
            continue  # told by its own rule
        try:
            spec.check(value.split()[0] if value and reads_digits(c, spec) else value)
        except ValueError as error:
            why = f"{error}"
            yield c.find("value", "error", (section, key), why, f"write {_wanted(spec, why)}")


def _wanted(spec: KeySpec, why: str) -> str:
    if any(part in why for part in ("one of", "less than", "more than")):
        return "a value that is allowed"
    names = {"int": "a whole number", "float": "a number", "bool": "0 or 1"}
    colour = "red;green;blue;alpha, each from 0 to 1"
    return {**names, "color": colour}.get(spec.type, "values that are allowed here")


def missing_files(c: Context) -> Iterator[Finding]:
    for section, key, spec, _ in _keys(c):
        if spec is None or not spec.is_path or not c.file.enabled(section):
            continue
        for name in c.file.items(section, key):
            if not (
                is_placeholder(name) or Path(name).is_absolute() or c.file.beside(name).exists()
            ):
                fix = "paths are relative to this file"
                yield c.find("missing-path", "error", (section, key), f"no such file: {name}", fix)


def missing_keys(c: Context) -> Iterator[Finding]:
    for name, spec in c.file.kind.groups.items() if c.file.kind else ():
        present = c.file.settings.sections.get(name)
        for key in spec.needs if present is not None else ():
            if key not in present:  # type: ignore[operator]
                why = f"{c.file.kind.title} does not start without it"  # type: ignore[union-attr]
                yield c.find("missing-key", "error", (name, key), why, f"add {key}")


def _keys(c: Context) -> Iterator[tuple[str, str, KeySpec | None, GroupSpec]]:
    for section, keys in c.file.settings.sections.items():
        group = c.file.kind.group(section) if c.file.kind else None
        if group is not None:
            for key in keys:
                yield section, key, group.key(key), group


RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    dead_files, groups, names, releases, text_form_only, values, missing_files, missing_keys,
)  # fmt: skip
