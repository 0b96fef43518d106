"""NVIDIA's lists: a node with ``data`` and ``next``; the end raises ``StopIteration``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from deepstream.twin.metadata.memory import Capsule

Item = TypeVar("Item")


class GList(Generic[Item]):
    """A place in a list as it was when it was asked for: what is removed meanwhile stays seen."""

    __slots__ = ("_index", "_items")

    def __init__(self, items: Sequence[Item], index: int = 0) -> None:
        self._items, self._index = items, index

    @property
    def data(self) -> Capsule[Item]:
        return Capsule(self._items[self._index])

    @property
    def next(self) -> GList[Item]:
        return self._at(self._index + 1)

    @property
    def prev(self) -> GList[Item]:
        return self._at(self._index - 1)

    previous = prev

    def __iter__(self) -> GList[Item]:
        return self

    def __next__(self) -> Any:
        item = self.data
        self._index += 1
        if self._index > len(self._items):
            raise StopIteration
        return item

    def _at(self, index: int) -> GList[Item]:
        if not 0 <= index < len(self._items):
            raise StopIteration
        return GList(self._items, index)


def first(items: Sequence[Item]) -> GList[Item] | None:
    """The list's first node, ``None`` for an empty list."""
    return GList(tuple(items)) if items else None
