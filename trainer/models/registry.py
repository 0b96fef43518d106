"""Names by file stem: adding a backbone or a head is adding one file.

Imports nothing heavy: ``t2e models list`` must answer where torch is not installed.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from train2edge.errors import InputError

FOLDER = Path(__file__).parent


def names(kind: str) -> tuple[str, ...]:
    """The names of one ``kind`` (``backbones`` or ``heads``), sorted; imports none of them."""
    return tuple(sorted(file.stem for file in (FOLDER / kind).glob("[!_]*.py")))


def module(kind: str, name: str) -> ModuleType:
    """The module that builds ``name``; ``InputError`` if there is none."""
    if name not in names(kind):
        raise InputError(
            f"no such {kind.removesuffix('s')}: {name!r}", hint="one of " + ", ".join(names(kind))
        )
    return importlib.import_module(f"trainer.models.{kind}.{name}")
