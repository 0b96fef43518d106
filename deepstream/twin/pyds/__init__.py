"""The module that a script imports as ``pyds`` where NVIDIA's own is absent.

Its structures are the twin's metadata itself, its functions stand in this package: every public
class and function of the files below is part of it, under its own name, and so are the values of
the enumerations, as NVIDIA's binding has it. What the binding has is told by pyds 1.2.2.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from enum import IntEnum
from types import FunctionType, MethodType, ModuleType
from typing import Any

from deepstream.twin.metadata.lists import GList
from deepstream.twin.metadata.record import Record

VERSION = "1.2.2"
METADATA = "deepstream.twin.metadata"
STRUCTURES = (
    *(
        "enums",
        "base_meta",
        "osd",
        "osd_frame",
        "surface",
        "classifier",
        "display",
        "user",
        "objects",
    ),
    *("frame", "batch", "pool", "infer", "analytics", "event", "preprocess", "history"),
    *("optical_flow", "aisle"),
)
FUNCTIONS = (
    *("pools", "casts", "addresses", "buffers", "tensors", "messages", "surfaces", "encoder"),
    "events",
)
NOT_NVIDIAS = {"Record", "Meta", "Enumerator"}


def make() -> ModuleType:
    """A fresh module ``pyds``."""
    module = ModuleType("pyds", __doc__)
    module.__dict__.update(__version__=VERSION, GList=GList)
    for name in STRUCTURES:
        module.__dict__.update(_structures(importlib.import_module(f"{METADATA}.{name}")))
    for name in FUNCTIONS:
        module.__dict__.update(_public(importlib.import_module(f"{__name__}.{name}")))
    module.__dict__["__all__"] = [name for name in module.__dict__ if not name.startswith("_")]
    return module


def install() -> None:
    """Let ``import pyds`` give this module from now on."""
    sys.modules["pyds"] = make()


def _structures(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for name, value in vars(module).items():
        if not isinstance(value, type) or name.startswith("_") or name in NOT_NVIDIAS:
            continue
        if issubclass(value, (Record, IntEnum)) and value.__module__ == module.__name__:
            yield name, value
            if issubclass(value, IntEnum):
                yield from ((one.name, one) for one in value)


def _public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What is defined in the file: functions, structures, and other names of either."""
    for name, value in vars(module).items():
        if name.startswith("_"):
            continue
        own = getattr(value, "__module__", None) == module.__name__
        if (isinstance(value, (FunctionType, type)) and own) or isinstance(value, MethodType):
            yield name, value
