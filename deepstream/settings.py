"""One setting of a DeepStream file, and the values it may hold.

A value is written into GKeyFile text, YAML and CSV; a value that could end its line, or that
GKeyFile would read as something else, is refused here, before any template sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from train2edge.errors import InputError

Value = str | int | float | bool

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\Z")


@dataclass(frozen=True)
class Setting:
    """``key=value``; ``why`` becomes a comment on the line above it."""

    key: str
    value: str
    why: str = ""

    def __post_init__(self) -> None:
        if not _KEY.match(self.key):
            raise ValueError(f"not a settings key: {self.key!r}")
        check_text(self.value, self.key)
        check_text(self.why, f"comment of {self.key}")


@dataclass(frozen=True)
class Section:
    """``[name]`` and its settings, in order."""

    name: str
    settings: tuple[Setting, ...]

    def __post_init__(self) -> None:
        if not _KEY.match(self.name):
            raise ValueError(f"not a section name: {self.name!r}")
        keys = [one.key for one in self.settings]
        if len(set(keys)) != len(keys):
            raise ValueError(f"[{self.name}] has a key twice: {keys}")

    def get(self, key: str) -> str | None:
        return next((one.value for one in self.settings if one.key == key), None)


def setting(key: str, value: Value, why: str = "") -> Setting:
    """A setting of any plain value: booleans as 1 and 0, floats with all their digits."""
    if isinstance(value, bool):
        return Setting(key, str(int(value)), why)
    return Setting(key, repr(value) if isinstance(value, float) else str(value), why)


def semicolons(values: Iterable[Value]) -> str:
    """A list as DeepStream reads it: ``;`` between the values, none at the end (for YAML)."""
    return ";".join(repr(one) if isinstance(one, float) else str(one) for one in values)


def check_text(text: str, what: str) -> str:
    """``text`` if it can stand on one line of a settings file, else ``InputError``."""
    if not text.isprintable():
        raise InputError(f"{what}: {text!r} holds a line break or another control character")
    if text != text.strip():
        raise InputError(f"{what}: {text!r} begins or ends with a space")
    return text
