"""The devices that were named, on the command line or in a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from train2edge.errors import InputError, Problem, ProblemsError

EXAMPLE = "user@host, a name of ~/.ssh/config, or ssh://user@host:port"


@dataclass(frozen=True)
class Host:
    """One device, as ``ssh`` is told of it."""

    address: str

    @property
    def folder(self) -> str:
        """A file name for its results."""
        return re.sub(r"[^A-Za-z0-9@._-]", "_", self.address.removeprefix("ssh://")).lstrip(".")


def hosts(named: Sequence[str], file: Path | None = None) -> tuple[Host, ...]:
    """Every device once, in the order given; ``ProblemsError`` with all that cannot be meant.

    ``file`` has a device a line; ``#`` begins a comment.
    """
    given = [("--device", one) for one in named]
    if file is not None:
        lines = enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        stripped = ((number, line.partition("#")[0].strip()) for number, line in lines)
        given += [(f"{file}:{number}", line) for number, line in stripped if line]
    problems = list(_problems(given))
    if problems:
        raise ProblemsError(problems)
    if not given:
        raise InputError("no device", where="--device", hint=f"--device {EXAMPLE}")
    found = tuple(Host(one) for one in dict.fromkeys(one for _, one in given))
    _check_folders(found)
    return found


def _problems(given: Iterable[tuple[str, str]]) -> Iterable[Problem]:
    for where, one in given:
        # ssh would read it as an option, and run what ProxyCommand says
        if one.startswith("-") or "@-" in one:
            yield Problem(where, f"{one!r} begins as an option of ssh does", EXAMPLE)
        elif not one or re.search(r"[\s\x00-\x1f\x7f'\"`$;|&<>\\]", one):
            yield Problem(where, f"{one!r} is no device", EXAMPLE)
        elif re.search(r"^(ssh://)?[^@/]*:[^@/]*@", one):
            yield Problem(where, "a password: ssh takes none on the command line", "ssh-copy-id")


def _check_folders(found: Sequence[Host]) -> None:
    """Two addresses whose results would go to one folder."""
    seen: dict[str, str] = {}
    for one in found:
        other = seen.setdefault(one.folder, one.address)
        if other != one.address:
            message = f"{other!r} and {one.address!r} have the same folder for results"
            raise InputError(message, where="--device", hint="deploy to one after the other")
