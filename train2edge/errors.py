"""The one error tree.

    T2EError                     anything t2e itself reports; exit code 1 unless said otherwise
    ├── InputError               the user's input is wrong                        (exit 2)
    │   └── ProblemsError        several things are wrong, told all at once       (exit 2)
    ├── MissingError             something is not installed, or no such hardware  (exit 3)
    └── WorkError                the work itself failed                           (exit 1)

A message says what is wrong, with the value and where it came from; a hint says what to type.
Everything that is not a ``T2EError`` is our own bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOLD = 20  # problems of one kind that are told before a count


class T2EError(Exception):
    """An error that t2e reports in one line: ``where: message`` and, below it, the hint."""

    exit_code = 1

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}\n  hint: {self.hint}" if self.hint else head


class InputError(T2EError):
    """The user's input (an option, a file, a value in it) is wrong."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: ``where`` is ``file:line`` or an option, ``hint`` what to type."""

    where: str
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        line = f"{self.where}: {self.message}"
        return f"{line} ({self.hint})" if self.hint else line


class ProblemsError(InputError):
    """Everything that is wrong with one input, told at once, one line each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def capped(problems: Sequence[Problem], told: int = TOLD) -> list[Problem]:
    """The first ``told`` problems and, as the last, how many more there are."""
    if len(problems) <= told:
        return list(problems)
    return [*problems[:told], Problem("...", f"and {len(problems) - told} more of this kind")]


class MissingError(T2EError):
    """A package, a program or a piece of hardware that this command needs is not here."""

    exit_code = 3


class WorkError(T2EError):
    """The input was fine and the work failed all the same."""
