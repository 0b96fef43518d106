"""Addresses as NVIDIA's binding gives them out: of strings, of buffers, of structures.

Nothing is read that was not given out here: a wrong address is an error, not a crash.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import Any, Generic, TypeVar

Target = TypeVar("Target")


class Capsule(Generic[Target]):
    """An untyped pointer: good for a ``cast`` and for ``get_ptr``, nothing else."""

    __slots__ = ("target",)

    def __init__(self, target: Target) -> None:
        self.target = target


class Block:
    """Memory of a fixed size at a fixed address."""

    __slots__ = ("__weakref__", "address", "data")

    def __init__(self, content: bytes) -> None:
        self.data = ctypes.create_string_buffer(content, max(1, len(content)))
        self.address = ctypes.addressof(self.data)


_known: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
_held: dict[int, Any] = {}  # what a script allocated and has not freed


def text_buffer(content: str) -> Block:
    """A C string, known as long as somebody holds the block."""
    block = Block(content.encode() + b"\0")
    _known[block.address] = block
    return block


def address(value: Any) -> int:
    """The address of a structure, an array or a block; 0 for nothing, a number is one already."""
    if isinstance(value, Capsule):
        value = value.target
    if value is None or isinstance(value, int):
        return value or 0
    at: int = value.ctypes.data if hasattr(value, "ctypes") else id(value)
    _known[at] = value
    return at


def of_address(at: int) -> Any:
    """What was given out under ``at``; ``ValueError`` if nothing was, or it is gone."""
    found = _known.get(at)
    if found is None:
        raise ValueError(f"nothing is at the address {at:#x}")
    return found


def string_at(at: int | None) -> str:
    """The C string at ``at``; empty at 0."""
    if not at:
        return ""
    found = of_address(at)
    if not isinstance(found, Block):
        raise TypeError(f"no string is at the address {at:#x}")
    return found.data.value.decode(errors="replace")


def allocate(content: bytes) -> int:
    """Keep a copy of ``content`` until ``free``; gives its address."""
    block = Block(content)
    _known[block.address] = _held[block.address] = block
    return block.address


def duplicate(at: int, size: int) -> int:
    """A copy of the structure at ``at``, or of ``size`` bytes of a block, until ``free``."""
    found = of_address(at)
    if isinstance(found, Block):
        return allocate(found.data.raw[:size].ljust(size, b"\0"))
    if hasattr(found, "ctypes"):
        return allocate(ctypes.string_at(at, size))
    twin = found.copy()
    _known[id(twin)] = _held[id(twin)] = twin
    return id(twin)


def write(at: int, content: bytes) -> None:
    """Put ``content`` into the block at ``at``; what does not fit is cut."""
    found = of_address(at)
    room = len(found.data)
    ctypes.memmove(found.data, content, min(len(content), room))


def free(at: Any) -> None:
    """Let go of what was allocated; anything else is left alone."""
    _held.pop(address(at), None)
