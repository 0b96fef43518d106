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
    return tuple(name for name, *how in _elements() if _register(name, *how))


def _elements() -> Iterator[tuple[str, Any, bool]]:
    """Every file of this folder that makes an element under its own name.

    One with ``REPLACES`` stands in for an element of GStreamer's that does not work.
    """
    for name in sorted(one.name for one in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        element = getattr(module, "ELEMENT", None)
        if element is not None:
            yield name, element, getattr(module, "REPLACES", False)


def _register(name: str, element: Any, replaces: bool) -> bool:
    existing = Gst.ElementFactory.find(name)
    ours = existing is not None and existing.get_plugin_name() is None
    if ours or (existing is not None and not replaces):
        return ours
    GObject.type_register(element)
    return bool(Gst.Element.register(None, name, Gst.Rank.NONE, element))
