"""The training state, ``last.pt``: all that is needed to go on as if nothing had happened.

Data order, augmentation and dropout are functions of (seed, epoch, step), so weights, optimizer,
averages and counters are everything. The file is whole or absent, and nothing in it is pickled
code (``torch.load(weights_only=True)``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from train2edge.errors import InputError
from train2edge.files import replacing

FILE = "last.pt"
SCHEMA = 1
AGAIN = "start over without --resume, into another folder"


@dataclass
class Progress:
    """Where a training is: ``step`` steps of ``epoch`` are done, ``total`` steps in all.

    ``sums`` are the loss terms added up over the epoch so far. ``best`` is the best validation
    score, reached at the end of ``best_epoch`` (counted from 1); ``stopped``: early.
    """

    epoch: int = 0
    step: int = 0
    total: int = 0
    seconds: float = 0.0
    best: float = -1.0
    best_epoch: int = 0
    stopped: bool = False
    sums: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class State:
    """What ``last.pt`` holds; ``fingerprint`` tells which experiment it belongs to."""

    progress: Progress
    learner: dict[str, Any]
    fingerprint: str

    def save(self, path: Path) -> None:
        record = {
            "schema": SCHEMA,
            "progress": asdict(self.progress),
            "learner": self.learner,
            "fingerprint": self.fingerprint,
        }
        with replacing(path) as beside:
            torch.save(record, beside)

    @classmethod
    def load(cls, path: Path, fingerprint: str) -> State:
        """Read a state; ``InputError`` if it is absent, broken, or of another experiment."""
        where = str(path)
        if not path.is_file():
            raise InputError("nothing to resume here", where=where, hint="leave --resume out")
        try:
            record = torch.load(path, map_location="cpu", weights_only=True)
            if record["schema"] != SCHEMA:
                raise InputError("written by another version", where=where, hint=AGAIN)
            state = cls(Progress(**record["progress"]), record["learner"], record["fingerprint"])
        except InputError:
            raise
        except Exception as error:  # a foreign or broken file makes torch raise nearly anything
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise InputError(f"not a training state: {reason}", where=where, hint=AGAIN) from None
        if state.fingerprint != fingerprint:
            raise InputError(
                "this training was begun with another experiment or other pictures",
                where=where,
                hint="resume with the same spec, or " + AGAIN,
            )
        return state
