"""The tables of ``configs/deepstream``: what a kind of file may hold, and which kind a file is."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, TypeVar

import yaml

from train2edge.errors import InputError
from train2edge.nvinfer.values import boolean, integer, listed, number, text
from train2edge.settings_file import Document

_DESCRIPTION = re.compile(
    r"(?P<type>\w+)( x(?P<counts>[\d/]+))?"
    r"( (?P<range>-?[\d.]*?\.\.-?[\d.]*|\w+(\|\w+)+))?"
    r"( since (?P<since>[\d.]+))?( until (?P<until>[\d.]+))?(?P<txt> txt)?( = (?P<instead>.+))?\Z"
)
# Where a file fits several kinds, the commonest are meant.
_COMMON = ("app.yaml", "nvinfer.yaml")
Spec = TypeVar("Spec")
_LISTS = {"ints": "int", "floats": "float", "texts": "text", "paths": "path"}


@dataclass(frozen=True)
class KeySpec:
    """One key: what its value may be (README.md there), which releases read it, what to write."""

    type: str
    check: Callable[[str], object]
    since: str = ""
    until: str = ""
    text_only: bool = False
    instead: str = ""

    @property
    def is_path(self) -> bool:
        return self.type in ("path", "paths")

    @property
    def is_list(self) -> bool:
        return self.type in _LISTS or self.type == "color"


@dataclass(frozen=True)
class GroupSpec:
    """One group; ``open`` where programs read keys of their own, ``needs`` what must be there."""

    keys: Mapping[str, KeySpec]
    forms: tuple[str, ...] = ()
    open: bool = False
    since: str = ""
    required: bool = False
    needs: tuple[str, ...] = ()

    def key(self, name: str) -> KeySpec | None:
        return _match(self.keys, name)


@dataclass(frozen=True)
class KindSpec:
    """One kind of file; ``until`` is the last release that reads it at all.

    ``partial`` where the reader's source is closed: a key that is not here may still be one.
    """

    name: str
    title: str
    forms: tuple[str, ...]
    groups: Mapping[str, GroupSpec] = field(default_factory=dict)
    open: bool = False
    until: str = ""
    partial: bool = False

    def group(self, name: str) -> GroupSpec | None:
        return _match(self.groups, name)

    def score(self, document: Document) -> int:
        """How many keys of the document are known here, a known group counting as one more."""
        known = 0
        for group in document.root.children:
            spec = self.group(group.key)
            fits = spec is not None and document.format.name in (spec.forms or self.forms)
            if spec and fits:
                known += 1 + sum(spec.key(one.key) is not None for one in group.children)
        return known


def _match(known: Mapping[str, Spec], name: str) -> Spec | None:
    if name in known:
        return known[name]
    return next((one for key, one in known.items() if "<" in key and _pattern(key)(name)), None)


@functools.cache
def _pattern(key: str) -> Callable[[str], object]:
    parts = {"<N>": r"\d*", "<name>": r".+"}
    pieces = re.split(r"(<N>|<name>)", key)
    return re.compile("".join(parts.get(one, re.escape(one)) for one in pieces)).fullmatch


@functools.cache
def kinds() -> Mapping[str, KindSpec]:
    """Every kind of file that has groups and keys, by the name of its table."""
    folder = resources.files("configs") / "deepstream"
    found = [one.name for one in folder.iterdir() if one.name.endswith(".yaml")]
    names = sorted(found, key=lambda name: (name not in _COMMON, name))
    tables = [name.removesuffix(".yaml") for name in names if "groups" in table(name)]
    return {name: kind(name) for name in tables}


@functools.cache
def kind(name: str) -> KindSpec:
    """One of them; its table alone is read."""
    return _kind(name, table(f"{name}.yaml"))


@functools.cache
def table(name: str) -> Any:
    text_of = (resources.files("configs") / "deepstream" / name).read_text(encoding="utf-8")
    return yaml.safe_load(text_of)


def _kind(name: str, data: Mapping[str, Any]) -> KindSpec:
    groups = {key: _group(one) for key, one in data["groups"].items()}
    forms = tuple(data["forms"])
    flags = {key: data[key] for key in ("open", "until", "partial") if key in data}
    return KindSpec(name, data["title"], forms, groups, **flags)


def _group(data: Mapping[str, Any]) -> GroupSpec:
    keys = data["keys"].get("keys", data["keys"])
    return GroupSpec(
        {str(name): key_spec(described) for name, described in keys.items()},
        tuple(data.get("forms", ())),
        data.get("open", False),
        data.get("since", ""),
        data.get("required", False),
        tuple(data.get("needs", ())),
    )


@functools.cache
def key_spec(described: str) -> KeySpec:
    """A key's description as data; ``InputError`` if it is none."""
    match = _DESCRIPTION.match(described)
    if not match:
        raise InputError(f"no description of a key: {described!r}")
    kind = match["type"]
    check = _reader(_LISTS.get(kind, kind), match["range"] or "")
    if kind in _LISTS:
        check = listed(check, *(int(one) for one in (match["counts"] or "").split("/") if one))
    return KeySpec(
        kind,
        check,
        match["since"] or "",
        match["until"] or "",
        bool(match["txt"]),
        match["instead"] or "",
    )


def _reader(kind: str, limits: str) -> Callable[[str], object]:
    if kind in ("int", "float"):
        read: Callable[..., Callable[[str], Any]] = integer if kind == "int" else number
        if "|" in limits:
            return _one_of(read(), {float(one) for one in limits.split("|")}, limits)
        ends = (
            [float(one) if one else None for one in limits.split("..")] if limits else (None,) * 2
        )
        return read(*(int(one) if one is not None and one == int(one) else one for one in ends))
    if kind == "color":
        return listed(number(0, 1), 4)
    if kind == "bool":
        return boolean
    return _one_of(text, set(limits.split("|")), limits) if limits else text


def _one_of(read: Callable[[str], Any], allowed: set[Any], shown: str) -> Callable[[str], object]:
    def check(value: str) -> object:
        found = read(value)
        if found not in allowed:
            raise ValueError(f"{value} is not one of {', '.join(shown.split('|'))}")
        return found

    return check


def kind_of(document: Document) -> KindSpec | None:
    """The kind that knows most of the document's keys; ``None`` if none knows any.

    protobuf text is nvinferserver's, CSV a list of sources: they have tables of another form.
    """
    found = [one for one in kinds().values() if document.format.name in one.forms]
    best = max(found, key=lambda one: one.score(document), default=None)
    return best if best and best.score(document) else None
