"""Stand-ins under NVIDIA's element names: one a file, file stem = element name.

They are registered in this process only, and only where no plugin provides the name, so that a
real DeepStream always wins.
"""

from __future__ import annotations

import importlib

from deepstream.twin import metadata
from deepstream.twin.gst import GObject, Gst, start

NAMES = (
    "nvv4l2decoder",
    "nvvideoconvert",
    "nvv4l2h264enc",
    "nvv4l2h265enc",
    "nvurisrcbin",
    "nvstreammux",
    "nvstreamdemux",
    "nvinfer",
    "nvtracker",
    "nvmultistreamtiler",
    "nvdsosd",
)


def register() -> tuple[str, ...]:
    """Register the stand-ins that are needed; returns the names that are ours."""
    start()
    metadata.register()
    return tuple(name for name in NAMES if _register(name))


def _register(name: str) -> bool:
    existing = Gst.ElementFactory.find(name)
    if existing is not None:
        return existing.get_plugin_name() is None
    element = importlib.import_module(f"{__name__}.{name}").ELEMENT
    GObject.type_register(element)
    return bool(Gst.Element.register(None, name, Gst.Rank.NONE, element))
