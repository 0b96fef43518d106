"""Stand-ins under NVIDIA's element names: one a file, file stem = element name.

They are registered in this process only, and only where no plugin provides the name, so that a
real DeepStream always wins.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from deepstream.twin import metadata
from deepstream.twin.gst import GObject, Gst, start


def register() -> tuple[str, ...]:
    """Register the stand-ins that are needed; returns the names that are ours."""
    start()
    metadata.register()
    return tuple(name for name, element in _elements() if _register(name, element))


def _elements() -> Iterator[tuple[str, Any]]:
    """Every file of this folder that makes an element under its own name."""
    for module in sorted(one.name for one in pkgutil.iter_modules(__path__)):
        element = getattr(importlib.import_module(f"{__name__}.{module}"), "ELEMENT", None)
        if element is not None:
            yield module, element


def _register(name: str, element: Any) -> bool:
    existing = Gst.ElementFactory.find(name)
    if existing is not None:
        return existing.get_plugin_name() is None
    GObject.type_register(element)
    return bool(Gst.Element.register(None, name, Gst.Rank.NONE, element))
