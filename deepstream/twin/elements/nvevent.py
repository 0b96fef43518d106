"""NVIDIA's own events: sent to an element, they go downstream with the frames."""

from __future__ import annotations

import ctypes
from typing import Any

from deepstream.twin.gst import GObject, Gst

RESET, INTERVAL = "nv-stream-reset", "nv-infer-interval-update"
PAD_ADDED, PAD_DELETED, STREAM_EOS = "nv-pad-added", "nv-pad-deleted", "nv-stream-eos"

_gst = ctypes.CDLL("libgstreamer-1.0.so.0")
_send = _gst.gst_element_send_event
_send.restype, _send.argtypes = ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p]
_ref = _gst.gst_mini_object_ref
_ref.restype, _ref.argtypes = ctypes.c_void_p, [ctypes.c_void_p]


def event(name: str, **fields: int | str) -> Any:
    """The event ``name``; whole numbers are unsigned, as NVIDIA's."""
    structure = Gst.Structure.new_empty(name)
    for key, value in fields.items():
        kind = GObject.TYPE_STRING if isinstance(value, str) else GObject.TYPE_UINT
        structure.set_value(key.replace("_", "-"), GObject.Value(kind, value))
    return Gst.Event.new_custom(Gst.EventType.CUSTOM_DOWNSTREAM, structure)


def send(element: int, name: str, **fields: int | str) -> bool:
    """Send the event ``name`` to the element at this address; whether it was taken."""
    made = event(name, **fields)
    return bool(_send(element, _ref(hash(made))))


def read(given: Any, name: str) -> Any:
    """The fields of ``given`` if it is the event ``name``, else ``None``."""
    if given.type != Gst.EventType.CUSTOM_DOWNSTREAM:
        return None
    structure = given.get_structure()
    return structure if structure is not None and structure.has_name(name) else None
