"""What became of one key of the old file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["taken over", "changed", "not needed here", "not possible here"]
VERDICTS: tuple[Verdict, ...] = ("taken over", "changed", "not needed here", "not possible here")


@dataclass(frozen=True)
class Outcome:
    """``to``: the experiment's key that the value went to; ``why``: how it was changed, or why it
    was left out and what to do instead."""

    key: str
    value: str
    where: str
    line: int
    verdict: Verdict
    to: str = ""
    why: str = ""


@dataclass(frozen=True)
class Setting:
    """A value of the experiment with what its comment says of where it came from.

    ``is_open``: the old file does not say it; something has to be written there.
    """

    value: object
    origin: str
    place: str = ""
    is_open: bool = False
