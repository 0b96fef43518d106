"""NVIDIA's lists: a node with ``data``, ``next`` and ``prev``, which are ``None`` at the ends.

So it is in NVIDIA's binding; its samples also look for a ``StopIteration`` that never comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from deepstream.twin.metadata.memory import Capsule

Item = TypeVar("Item")


class GList(Generic[Item]):
    """A place in a list as it was when it was asked for: what is removed meanwhile stays seen."""

    __slots__ = ("_index", "_items")

    def __init__(self, items: Sequence[Item] = (), index: int = 0) -> None:
        self._items, self._index = items, index

    @property
    def data(self) -> Capsule[Item]:
        return Capsule(self._items[self._index])

    @property
    def next(self) -> GList[Item] | None:
        return self._at(self._index + 1)

    @property
    def prev(self) -> GList[Item] | None:
        return self._at(self._index - 1)

    def _at(self, index: int) -> GList[Item] | None:
        return GList(self._items, index) if 0 <= index < len(self._items) else None


def first(items: Sequence[Item]) -> GList[Item] | None:
    """The list's first node, ``None`` for an empty list."""
    return GList(tuple(items)) if items else None


def items_of(node: GList[Item] | None) -> list[Item]:
    """What the list holds from ``node`` on."""
    found: list[Item] = []
    while node is not None:
        found.append(node.data.target)
        node = node.next
    return found
