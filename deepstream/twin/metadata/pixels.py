"""The pixels of one frame of a batch, in place, from nothing but the buffer's address.

A buffer that a pad probe looks at has one reference too many to be mapped for writing; NVIDIA's
surfaces do not ask. So the memory is mapped to read, which gives its address, and is written to:
what is drawn is seen by everyone who holds the same memory, as on a device.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

_P = ctypes.c_void_p
READ = 1


class _MapInfo(ctypes.Structure):  # gst/gstmemory.h
    _fields_ = (
        ("memory", _P),
        ("flags", ctypes.c_int),
        ("data", _P),
        ("size", ctypes.c_size_t),
        ("maxsize", ctypes.c_size_t),
        ("user_data", _P * 4),
        ("reserved", _P * 4),
    )


def _function(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(_gst, name)
    function.restype, function.argtypes = result, list(arguments)
    return function


_gst = ctypes.CDLL("libgstreamer-1.0.so.0")
_INFO = ctypes.POINTER(_MapInfo)
_count = _function("gst_buffer_n_memory", ctypes.c_uint, _P)
_peek = _function("gst_buffer_peek_memory", _P, _P, ctypes.c_uint)
_map = _function("gst_memory_map", ctypes.c_int, _P, _INFO, ctypes.c_int)
_unmap = _function("gst_memory_unmap", None, _P, _INFO)
_ref = _function("gst_mini_object_ref", _P, _P)
_unref = _function("gst_mini_object_unref", None, _P)


def pixels_at(buffer: int, index: int, width: int, height: int) -> NDArray[np.uint8]:
    """A writable view ``[height, width, 4]`` of RGBA memory; see ``memory_at``.

    ``ValueError`` where the buffer holds no such picture.
    """
    data = memory_at(buffer, index)
    if data.size < width * height * 4:
        raise ValueError(f"picture {index} is no RGBA picture of {width}x{height}")
    return data[: width * height * 4].reshape(height, width, 4)


def memory_at(buffer: int, index: int) -> NDArray[np.uint8]:
    """A writable view of the bytes of memory ``index`` of the buffer at that address.

    The memory lives as long as the view. ``ValueError`` where the buffer has no such memory.
    """
    if not 0 <= index < _count(buffer):
        raise ValueError(f"the buffer has no picture {index}: it holds {_count(buffer)}")
    memory = _peek(buffer, index)
    info = _MapInfo()
    if not _map(memory, ctypes.byref(info), READ):
        raise ValueError(f"picture {index} of the buffer cannot be mapped")
    try:
        data = (ctypes.c_uint8 * info.size).from_address(info.data)
    finally:
        _unmap(memory, ctypes.byref(info))
    weakref.finalize(data, _unref, _ref(memory))
    return np.ctypeslib.as_array(data)
