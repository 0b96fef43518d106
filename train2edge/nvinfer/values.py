"""The values of an nvinfer configuration: text to Python, as GLib's key file reads them.

Each function makes a reader; a reader raises ``ValueError`` that says what was wanted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TypeVar

Read = Callable[[str], object]
T = TypeVar("T")

# GLib takes an integer's digits and leaves what follows a space alone: "1 # one" is 1.
_INTEGER = re.compile(r"([+-]?[0-9]+)(\s.*)?\Z", re.DOTALL)
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}


def text(value: str) -> str:
    return value


def boolean(value: str) -> bool:
    if value not in _BOOLEANS:
        raise ValueError(f"'{value}' is not 0 or 1")
    return _BOOLEANS[value]


def integer(least: int | None = None, most: int | None = None) -> Callable[[str], int]:
    """A whole number of 32 bits from ``least`` to ``most``."""

    def read(value: str) -> int:
        match = _INTEGER.match(value)
        if not match or abs(int(match[1])) >= 2**31:
            raise ValueError(f"'{value}' is not a whole number")
        return _within(int(match[1]), least, most)

    return read


def choice(*values: int) -> Callable[[str], int]:
    """One of a few whole numbers."""

    def read(value: str) -> int:
        number = integer()(value)
        if number not in values:
            raise ValueError(f"{number} is not one of {', '.join(map(str, values))}")
        return number

    return read


def number(least: float | None = None, most: float | None = None) -> Callable[[str], float]:
    """A finite decimal number from ``least`` to ``most``."""

    def read(value: str) -> float:
        try:
            found = float(value.replace("_", "?"))  # Python's 1_000 is none of GLib's numbers
        except ValueError:
            raise ValueError(f"'{value}' is not a number") from None
        if not math.isfinite(found):
            raise ValueError(f"'{value}' is not a finite number")
        return _within(found, least, most)

    return read


def listed(read_one: Callable[[str], T], *lengths: int) -> Callable[[str], tuple[T, ...]]:
    """Values between semicolons, as many as one of ``lengths`` (none given: any number)."""

    def read(value: str) -> tuple[T, ...]:
        parts = [part.strip() for part in value.split(";")]
        if parts and not parts[-1]:
            parts.pop()
        if lengths and len(parts) not in lengths:
            wanted = " or ".join(map(str, lengths))
            raise ValueError(f"'{value}' has {len(parts)} values, not {wanted}")
        return tuple(read_one(part) for part in parts)

    return read


def _within(value: T, least: float | None, most: float | None) -> T:
    if least is not None and value < least:  # type: ignore[operator]
        raise ValueError(f"{value} is less than {least}")
    if most is not None and value > most:  # type: ignore[operator]
        raise ValueError(f"{value} is more than {most}")
    return value
