"""Runs a DeepStream Python program on the CPU: its elements, its ``pyds``, its CUDA questions.

The program is run as ``python SCRIPT ARGUMENTS`` would run it, in this process, from the folder in
which the user is.
"""

from __future__ import annotations

import contextlib
import os
import re
import runpy
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from deepstream.twin import cuda, elements, leftover, pyds
from deepstream.twin.gst import GObject, Gst
from train2edge.errors import InputError, WorkError

ABOVE_ALL = Gst.Rank.PRIMARY + 100
PROVIDED = ("cuda", "pyds")
# NVIDIA's samples call the udpsrc of their RTSP server pay0; the server asks it for a payload type.
HARMLESS = "g_object_get_is_valid_property: object class 'GstUDPSrc' has no property named 'pt'"


def run_script(script: Path, arguments: Sequence[str], preview: str | None = None) -> int:
    """Run ``script``; gives its exit code, or 1 where an error came to a bus and it gave 0.

    ``preview`` is ``[HOST:]PORT`` of the page that shows what the display sinks get. An exception
    of the script passes through.
    """
    if not script.is_file():
        raise InputError("no such script", where=str(script))
    with like_a_device():
        from deepstream.twin.display import shown  # elements want GStreamer to be initialised

        with shown(preview), _as_main(script, arguments), _errors() as told, _quiet():
            code = _exit_code(script)
    if told and not code:
        raise WorkError(told[0], where=script.name)
    return code


def _exit_code(script: Path) -> int:
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    finally:
        leftover.stop()
        sys.stdout.flush()
    return 0


@contextlib.contextmanager
def like_a_device() -> Iterator[None]:
    """This process looks like one in which DeepStream is installed; after it, as it was."""
    elements.register()
    decoder = Gst.ElementFactory.find("nvv4l2decoder")
    rank, before = decoder.get_rank(), _provided()
    # On a device uridecodebin takes NVIDIA's decoder, and programs look for its memory.
    decoder.set_rank(ABOVE_ALL)
    pyds.install()
    cuda.install()
    try:
        yield
    finally:
        decoder.set_rank(rank)
        for name in _provided():
            del sys.modules[name]
        sys.modules.update(before)


def _provided() -> dict[str, ModuleType]:
    """The modules that stand-ins take the place of, as they are now."""
    return {name: one for name, one in sys.modules.items() if name.split(".")[0] in PROVIDED}


@contextlib.contextmanager
def _as_main(script: Path, arguments: Sequence[str]) -> Iterator[None]:
    """The process's arguments and search path as the script would find them."""
    before = sys.argv, list(sys.path)
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, os.fspath(script.resolve().parent))
    try:
        yield
    finally:
        sys.argv, sys.path[:] = before


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", re.escape(HARMLESS))
        yield


@contextlib.contextmanager
def _errors() -> Iterator[list[str]]:
    """Every error that a program's bus tells it: NVIDIA's samples print it and exit with 0."""
    told: list[str] = []

    def look(_bus: Any, message: Any) -> bool:
        if message.type == Gst.MessageType.ERROR:
            error, _ = message.parse_error()
            told.append(f"{message.src.get_name()}: {error.message}")
        return True

    hook = GObject.add_emission_hook(Gst.Bus, "message", look)
    try:
        yield told
    finally:
        GObject.remove_emission_hook(Gst.Bus, "message", hook)
