"""GStreamer for the twin: the one place that loads it and says what to install."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import warnings
from typing import Any

from train2edge.errors import MissingError

PACKAGES = (
    "apt-get install --no-install-recommends python3-gi python3-gst-1.0"
    " gir1.2-gst-plugins-base-1.0 gir1.2-gst-plugins-bad-1.0 gir1.2-gst-rtsp-server-1.0"
    " gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
    " gstreamer1.0-plugins-ugly gstreamer1.0-libav"
)

# GStreamer brings libunwind into the process, whose _Unwind_* then stand in for the compiler's own:
# the first C++ exception inside OpenVINO would abort the process. Whoever is loaded first wins.
with contextlib.suppress(OSError):
    ctypes.CDLL("libgcc_s.so.1", mode=ctypes.RTLD_GLOBAL)

try:
    with warnings.catch_warnings():  # its importer is of an older protocol, nobody here can help it
        warnings.simplefilter("ignore")
        import gi

        gi.require_version("Gst", "1.0")
        gi.require_version("GstBase", "1.0")
        gi.require_version("GstVideo", "1.0")
        from gi.repository import GLib, GObject, Gst, GstBase, GstVideo
except (ImportError, ValueError) as error:
    raise MissingError(
        f"GStreamer's Python binding cannot be loaded: {error}", hint=PACKAGES
    ) from None

__all__ = ["GLib", "GObject", "Gst", "GstBase", "GstVideo", "library", "require", "start"]

M_ARENA_MAX, ARENAS = -8, 2  # malloc.h
CRITICAL = 1 << 3  # G_LOG_LEVEL_CRITICAL
LOG_HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p
)


def start() -> None:
    """Initialise GStreamer once; ``MissingError`` when python3-gst-1.0 is absent."""
    if not Gst.is_initialized():
        _few_heaps()
        Gst.init(None)
        _hush_floating()
    if not hasattr(Gst.Buffer, "map") or not _maps_without_copy():
        raise MissingError("python3-gst-1.0 is not installed", hint=PACKAGES)


def _few_heaps() -> None:
    """Let the threads of all elements share two heaps, unless the user has said how many.

    glibc has up to eight a core. A frame is made by one thread and freed by another, which leaves
    holes in all of them: four looping streams grew by a tenth in their first ten minutes, where
    nothing was leaked, and by nothing with two.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's own
    if mallopt is not None and "MALLOC_ARENA_MAX" not in os.environ:
        mallopt(M_ARENA_MAX, ARENAS)


def library(name: str) -> Any:
    """A further library of GStreamer; ``MissingError`` if its description is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gi.require_version(name, "1.0")
            return importlib.import_module(f"gi.repository.{name}")
    except (ImportError, ValueError) as error:
        raise MissingError(f"no {name}: {error}", hint=PACKAGES) from None


def require(*factories: str) -> None:
    """``MissingError`` naming every element of ``factories`` that no plugin here provides."""
    absent = [name for name in factories if Gst.ElementFactory.find(name) is None]
    if absent:
        raise MissingError(f"GStreamer has no {', '.join(absent)}", hint=PACKAGES)


def _maps_without_copy() -> bool:
    """The overrides of python3-gst-1.0 map memory as a view; plain introspection copies it."""
    with Gst.Buffer.new_allocate(None, 1, None).map(Gst.MapFlags.READ) as info:
        return isinstance(info.data, memoryview)


def _log(domain: bytes | None, level: int, message: bytes | None, data: Any) -> None:
    # GStreamer < 1.24 complains once for every element that is written in Python; harmless.
    if message is None or b"created element should be floating" not in message:
        _glib.g_log_default_handler(domain, level, message, data)


_glib = ctypes.CDLL("libglib-2.0.so.0")
_glib.g_log_default_handler.argtypes = [
    ctypes.c_char_p,
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.c_void_p,
]
_glib.g_log_set_handler.argtypes = [ctypes.c_char_p, ctypes.c_int, LOG_HANDLER, ctypes.c_void_p]
_handler = LOG_HANDLER(_log)


def _hush_floating() -> None:
    _glib.g_log_set_handler(b"GStreamer", CRITICAL, _handler, None)
