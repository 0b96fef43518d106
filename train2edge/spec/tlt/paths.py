"""Paths of the old file: as TLT's container saw them, or mapped to where they are here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from train2edge.errors import InputError

CONTAINER = "/workspace"


@dataclass
class Paths:
    """``maps`` are (old, new) beginnings of paths; ``folder`` is where the experiment will be.

    ``unmapped`` collects the old paths that no map knows, for one statement at the end.
    """

    maps: Sequence[tuple[str, str]] = ()
    folder: Path = field(default_factory=Path.cwd)
    unmapped: set[str] = field(default_factory=set)

    def new(self, old: str) -> str:
        """``old`` where it is here, relative to the experiment if it was mapped so."""
        path = str(PurePosixPath(old.strip()))
        for start, place in self.maps:
            whole = start.rstrip("/") or "/"
            if path == whole or path.startswith(f"{whole.rstrip('/')}/"):
                return self.written(str(Path(place) / path[len(whole) :].lstrip("/")))
        if not self.here(path).exists():
            self.unmapped.add(path)
        return path

    def written(self, path: str) -> str:
        """A path of the command line as the experiment file says it: relative to itself."""
        plain = Path(path).expanduser()
        return str(plain) if plain.is_absolute() else os.path.relpath(plain, self.folder)

    def here(self, written: str) -> Path:
        """The place on this machine of a path as the experiment says it."""
        return self.folder / written


def parsed_maps(texts: Sequence[str]) -> list[tuple[str, str]]:
    """``OLD=NEW`` options, the longest beginning first; ``InputError`` for another form."""
    found = []
    for text in texts:
        old, equals, new = text.partition("=")
        if not (equals and old and new):
            raise InputError(
                f"'{text}' is not of the form OLD=NEW",
                where="--map",
                hint="e.g. --map /workspace/tlt-experiments=/data",
            )
        found.append((old, new))
    return sorted(found, key=lambda one: -len(one[0]))
