"""Addresses: of structures and arrays, of strings and buffers that a script allocates."""

from __future__ import annotations

from typing import Any

from deepstream.twin.metadata import memory


def get_ptr(ptr: Any) -> int:
    return memory.address(ptr)


def get_string(ptr: int) -> str:
    return memory.string_at(ptr)


def alloc_buffer(size: int) -> int:
    return memory.allocate(bytes(size))


alloc_char_buffer = alloc_buffer


def free_buffer(buffer: int) -> None:
    memory.free(buffer)


def free_gbuffer(buffer: Any) -> None:
    memory.free(buffer)


def strdup(arg0: int) -> int:
    return memory.allocate(memory.string_at(arg0).encode() + b"\0") if arg0 else 0


def strdup2str(arg0: int) -> str:
    return memory.string_at(arg0)


def memdup(ptr: int, size: int) -> int:
    return memory.duplicate(ptr, size) if ptr else 0
