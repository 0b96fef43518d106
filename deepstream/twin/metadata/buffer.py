"""How metadata travels: a buffer carries one ``GstCustomMeta`` that holds the batch.

The meta holds a ``GObject``, which owns the Python record. It survives queues, tees and converters
and lives exactly as long as the last buffer with it. It is written through the C API, because from
introspection alone ``get_structure`` is a copy.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.gst import GObject, Gst
from deepstream.twin.metadata.batch import NvDsBatchMeta
from deepstream.twin.metadata.frame import NvDsFrameMeta

NAME = "T2EBatchMeta"
FIELD = "batch"


class Holder(GObject.Object):  # type: ignore[misc]
    """Keeps one ``NvDsBatchMeta`` alive as long as a buffer refers to it."""

    batch: NvDsBatchMeta


class _Value(ctypes.Structure):  # GValue, glib/gobject/gvalue.h
    _fields_ = (("g_type", ctypes.c_size_t), ("data", ctypes.c_uint64 * 2))


def _function(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(library, name)
    function.restype, function.argtypes = result, list(arguments)
    return function


_P, _S = ctypes.c_void_p, ctypes.c_char_p
_VALUE = ctypes.POINTER(_Value)
_gst = ctypes.CDLL("libgstreamer-1.0.so.0")
_gobject = ctypes.CDLL("libgobject-2.0.so.0")
_add_meta = _function(_gst, "gst_buffer_add_custom_meta", _P, _P, _S)
_get_meta = _function(_gst, "gst_buffer_get_custom_meta", _P, _P, _S)
_structure_of = _function(_gst, "gst_custom_meta_get_structure", _P, _P)
_set_value = _function(_gst, "gst_structure_set_value", None, _P, _S, _VALUE)
_get_value = _function(_gst, "gst_structure_get_value", _VALUE, _P, _S)
_init_value = _function(_gobject, "g_value_init", _VALUE, _VALUE, ctypes.c_size_t)
_set_object = _function(_gobject, "g_value_set_object", None, _VALUE, _P)
_get_object = _function(_gobject, "g_value_get_object", _P, _VALUE)
_unset = _function(_gobject, "g_value_unset", None, _VALUE)
G_TYPE_OBJECT = 20 << 2

_holders: weakref.WeakValueDictionary[int, Holder] = weakref.WeakValueDictionary()


def register() -> None:
    """Make the kind of metadata known to GStreamer; needed once in a process."""
    if Gst.Meta.get_info(NAME) is None:
        Gst.Meta.register_custom(NAME, [], None, None)


def attach(buffer: Any, batch: NvDsBatchMeta) -> None:
    """Give ``buffer`` its metadata; the buffer must be writable (fresh, or inside an element)."""
    holder = Holder()
    holder.batch = batch
    _holders[hash(holder)] = holder
    meta = _get_meta(hash(buffer), NAME.encode()) or _add_meta(hash(buffer), NAME.encode())
    value = _Value()
    _init_value(ctypes.byref(value), G_TYPE_OBJECT)
    _set_object(ctypes.byref(value), hash(holder))
    _set_value(_structure_of(meta), FIELD.encode(), ctypes.byref(value))
    _unset(ctypes.byref(value))


def find(buffer: Any) -> NvDsBatchMeta | None:
    """The batch of ``buffer``, or ``None`` for a buffer that never went through a mux."""
    return find_at(hash(buffer))


def find_at(address: int) -> NvDsBatchMeta | None:
    """The batch of the ``GstBuffer`` at ``address``."""
    meta = _get_meta(address, NAME.encode())
    if not meta:
        return None
    value = _get_value(_structure_of(meta), FIELD.encode())
    return _holders[_get_object(value)].batch if value else None


def picture(data: Any, frame: NvDsFrameMeta) -> NDArray[np.uint8]:
    """View mapped RGBA memory of one frame as ``[height, width, 4]``."""
    return np.frombuffer(data, np.uint8).reshape(frame.height, frame.width, 4)
