"""One stage of the chain: a t2e command, what it depends on, and the file it makes."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from train2edge.chain.digests import DigestCache


@dataclass(frozen=True)
class Stage:
    """``arguments`` go to ``t2e``; ``product`` is the file (or folder) that later stages use.

    ``needs`` are the inputs: products of earlier stages, pictures, labels, videos. ``settings`` is
    the part of the experiment that the command reads. The stage is done when its product exists
    and was made from the same arguments, settings and contents.
    """

    name: str
    title: str
    arguments: tuple[str, ...]
    product: Path
    needs: tuple[Path, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    # state file of an interrupted training: while it is there, ``--resume`` goes on from it
    resume: Path | None = None

    @property
    def command(self) -> str:
        """What to type to run it alone."""
        return shlex.join(["t2e", *self.arguments])

    @property
    def out(self) -> Path:
        """Where the command writes: what stands behind ``-o``."""
        return Path(self.arguments[self.arguments.index("-o") + 1])

    def digest(self, digests: DigestCache, version: str) -> str:
        """What the product depends on, as one sha256."""
        text = json.dumps(
            {
                "version": version,
                "arguments": self.arguments,
                "settings": self.settings,
                "needs": digests.of(self.needs),
            },
            sort_keys=True,
            default=str,
        )
        return hashlib.sha256(text.encode()).hexdigest()
