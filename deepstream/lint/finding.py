"""What the linter tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing: ``where`` is file:line, ``what`` stands there, ``why`` it matters, ``fix``.

    An error keeps the app from starting or changes its results; a warning is passed over by
    DeepStream. ``rule`` names the rule, for people who search and for tests.
    """

    level: Level
    where: str
    what: str
    why: str
    fix: str
    rule: str

    def __str__(self) -> str:
        return f"{self.where}: {self.level}: {self.what}: {self.why} ({self.fix}) [{self.rule}]"
