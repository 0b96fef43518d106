"""The texts of a deepstream-app configuration as values; ``ValueError`` says what they must be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from deepstream.app_sections import Color, Numbers


def _first(text: str) -> str:
    """GKeyFile reads a number up to the first blank: ``type=3 # file`` is 3."""
    return text.split()[0] if text.split() else text


def _boolean(text: str) -> bool:
    text = _first(text)
    if text.lower() in ("0", "1", "true", "false"):
        return text.lower() in ("1", "true")
    raise ValueError("0 or 1")


def _integer(text: str) -> int:
    try:
        return int(_first(text))
    except ValueError:
        raise ValueError("a whole number") from None


def _color(text: str) -> Color:
    try:
        red, green, blue, alpha = (float(one) for one in text.strip("; ").split(";"))
        if all(0 <= one <= 1 for one in (red, green, blue, alpha)):
            return red, green, blue, alpha
    except ValueError:
        pass
    raise ValueError("red;green;blue;alpha, each in 0..1")


def _numbers(text: str) -> Numbers:
    try:
        return tuple(int(one) for one in re.split("[;:]", text) if one.strip())
    except ValueError:
        raise ValueError("whole numbers with ; between them") from None


CONVERT: dict[Any, Callable[[str], Any]] = {
    bool: _boolean,
    int: _integer,
    str: str,
    Color: _color,
    Numbers: _numbers,
}
