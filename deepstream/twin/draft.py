"""A pipeline while it is being planned: pieces and links, added one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from deepstream.twin.pieces import Link, Piece, Value

BUFFERS = 4  # of a queue: enough to overlap threads, little enough to keep memory small


@dataclass
class Draft:
    """What will become a ``TwinPlan``. ``where`` of a piece is the ``file:line`` it comes from."""

    pieces: list[Piece] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, factory: str, name: str, where: str = "", /, **properties: Value | None) -> str:
        """Add a piece; ``_`` in a property's name stands for ``-``, ``None`` leaves it out."""
        given = {key.replace("_", "-"): one for key, one in properties.items() if one is not None}
        self.pieces.append(Piece(factory, name, given, where))
        return name

    def link(self, source: str, sink: str) -> str:
        self.links.append(Link(source, sink))
        return sink

    def row(self, *names: str) -> str:
        """Link pieces one after the other; gives the last."""
        for first, second in pairwise(names):
            self.link(first, second)
        return names[-1]

    def queue(self, name: str, **properties: Value) -> str:
        return self.add(
            "queue",
            f"{name}_queue",
            max_size_buffers=BUFFERS,
            max_size_bytes=0,
            max_size_time=0,
            **properties,
        )

    def behind(self, tail: str, name: str) -> str:
        """Link the piece ``name`` behind ``tail`` in a thread of its own."""
        return self.row(tail, self.queue(name), name)

    def fan(self, tail: str, ends: list[str], name: str) -> None:
        """Link ``tail`` to one end, or to several through a tee."""
        if len(ends) == 1:
            self.link(tail, ends[0])
            return
        tee = self.link(tail, self.add("tee", name))
        for end in ends:
            self.link(tee, end)
