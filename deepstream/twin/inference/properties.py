"""Properties of an element that stand in the place of its file's keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepstream.twin.gst import GObject
from train2edge.errors import T2EError

Change = Callable[[Any], Any]


def same(value: Any) -> Any:
    return value


def of_file(field: str, kind: Any, default: Any, read: Change = same, show: Change = same) -> Any:
    """A property for ``field`` of the settings; until it is set it tells the file's value.

    The element has ``given``, the fields that were set, ``config_file_path``, and
    ``read_settings``. What is wrong with the file is told when the element starts.
    """

    def get(element: Any) -> Any:
        if field in element.given:
            return show(element.given[field])
        settings = _settings(element)
        return show(getattr(settings, field)) if settings else default

    def set_(element: Any, value: Any) -> None:
        element.given[field] = read(value)

    return GObject.Property(getter=get, setter=set_, type=kind, default=default)


def _settings(element: Any) -> Any:
    path = element.config_file_path
    if element.known[0] != path:
        try:
            element.known = (path, element.read_settings(Path(path)))
        except T2EError:
            element.known = (path, None)
    return element.known[1]


def numbers(text: str) -> tuple[int, ...]:
    """``0;2;`` as numbers; nvinfer's properties take ``:`` as well."""
    return tuple(int(one) for one in text.replace(":", ";").split(";") if one.strip())


def listed(values: tuple[int, ...]) -> str:
    return ";".join(map(str, values))
