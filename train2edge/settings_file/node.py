"""What a settings file's reader sees: a tree of groups, keys and values, each with its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["scalar", "map", "list"]


@dataclass(frozen=True)
class Node:
    """A group, a key with its value, a message or a list; ``span`` is where the value stands.

    ``value`` is what the reader makes of a scalar, ``written`` how the file writes it. ``key`` is
    empty for an item of a list. ``tag`` is YAML's ``!!opencv-matrix`` and the like. With
    ``is_alias`` the value stands elsewhere, and with it all that is in it: here is but ``*name``.
    """

    key: str
    kind: Kind
    line: int
    span: tuple[int, int]
    value: str = ""
    written: str = ""
    children: tuple[Node, ...] = ()
    tag: str = ""
    is_alias: bool = False

    def find(self, *keys: str) -> Node | None:
        """The last of the nodes under ``keys``: where a key stands twice, readers take it."""
        node: Node | None = self
        for key in keys:
            found = [one for one in node.children if one.key == key] if node else []
            node = found[-1] if found else None
        return node

    def walk(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
        """Every node below with its keys from here."""
        for one in self.children:
            keys = (*path, one.key)
            yield keys, one
            yield from one.walk(keys)

    def alias_on(self, *keys: str) -> tuple[Node, tuple[str, ...]] | None:
        """The first alias on the way to what is under ``keys`` here, and the keys from there on.

        One at the end is none: it is a value of its own.
        """
        first, *rest = keys
        node = self.find(first)
        if node is None or not rest:
            return None
        return (node, tuple(rest)) if node.is_alias else node.alias_on(*rest)

    def with_value(self, keys: tuple[str, ...], value: str | None) -> Node:
        """A copy with another value under ``keys``, a new one, or with ``None`` without it."""
        first, *rest = keys
        old = self.find(first)
        if rest:
            assert old is not None
            new: Node | None = old.with_value(tuple(rest), value)
        elif value is None:
            new = None
        else:
            like = old or Node(first, "scalar", self.line, self.span)
            new = dataclasses.replace(like, value=value)
        kept = [new if one is old else one for one in self.children]
        children = (one for one in (*kept, *([] if old else [new])) if one is not None)
        return dataclasses.replace(self, children=tuple(children), is_alias=False)
