"""The experiment as a text: every value with the old key and line that it came from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from train2edge.spec.experiment import Experiment
from train2edge.spec.tlt.book import Book, Location
from train2edge.spec.tlt.outcome import Setting

WIDTH = 100
_Tree = dict[str | int, Any]


def text(book: Book, title: str) -> str:
    """YAML in the order of the schema; what somebody has to write stands out."""
    tree: _Tree = {}
    for keys, setting in book.settings.items():
        at = tree
        for key in keys[:-1]:
            at = at.setdefault(key, {})
        at[keys[-1]] = setting
    lines = _wrapped(title, "")
    for one in book.statements:
        lines += ["#", *_wrapped(one, "")]
    lines += ["", *_section(_ordered(tree, Experiment), 0)]
    return "\n".join(lines) + "\n"


def values(book: Book) -> dict[str, Any]:
    """The same as plain values, for the schema; what is open is left out."""
    plain: dict[str, Any] = {}
    for keys, setting in book.settings.items():
        if not setting.is_open:
            _put(plain, keys, setting.value)
    return {key: _listed(one) for key, one in plain.items()}


def _section(tree: Mapping[str | int, Any], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for key, value in tree.items():
        if isinstance(value, Setting):
            yield from _wrapped(_comment(value), indent)
            yield f"{indent}{_inline(key)}: {_inline(value.value)}"
        elif all(isinstance(one, int) for one in value):
            yield f"{indent}{_inline(key)}:"
            yield from _items(value, depth)
        else:
            yield f"{indent}{_inline(key)}:"
            yield from _section(value, depth + 1)
        if depth == 0:
            yield ""


def _items(tree: Mapping[str | int, Any], depth: int) -> Iterator[str]:
    """A list of groups: the first line that is no comment has the dash."""
    indent = "  " * depth
    for one in tree.values():
        lines = list(_section(one, depth + 2))
        first = next(i for i, line in enumerate(lines) if not line.lstrip().startswith("#"))
        yield from lines[:first]
        yield f"{indent}  - {lines[first].lstrip()}"
        yield from lines[first + 1 :]


def _comment(setting: Setting) -> str:
    return f"TO BE WRITTEN: {setting.origin}" if setting.is_open else setting.origin


def _wrapped(words: str, indent: str) -> list[str]:
    start = f"{indent}# "
    wrapped = textwrap.wrap(
        words, WIDTH, initial_indent=start, subsequent_indent=start, break_on_hyphens=False
    )
    return wrapped or [start.rstrip()]


def _inline(value: object) -> str:
    dumped = yaml.safe_dump(
        value, default_flow_style=True, width=10_000, sort_keys=False, allow_unicode=True
    )
    return dumped.removesuffix("\n").removesuffix("...").strip()


def _ordered(tree: _Tree, model: type[BaseModel] | None) -> _Tree:
    """Keys in the schema's order, the numbers of a list in theirs."""
    fields = list(model.model_fields) if model else []
    keys = sorted(tree, key=lambda key: fields.index(key) if key in fields else len(fields))
    return {key: _inner(tree[key], model, key) for key in keys}


def _inner(value: Any, model: type[BaseModel] | None, key: str | int) -> Any:
    if isinstance(value, Setting):
        return value
    info = model.model_fields.get(key) if model and isinstance(key, str) else None
    inner = model if isinstance(key, int) else _model(info and info.annotation)
    return _ordered(value, inner)


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _model(one))), None)


def _put(plain: dict[Any, Any], keys: Location, value: object) -> None:
    for key in keys[:-1]:
        plain = plain.setdefault(key, {})
    plain[keys[-1]] = value


def _listed(value: Any) -> Any:
    """Groups by number as lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    if inner and all(isinstance(key, int) for key in inner):
        return [inner[key] for key in sorted(inner)]
    return inner
