"""``t2e`` as a process of its own, shown as it would be typed."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from train2edge.errors import T2EError


class StepError(T2EError):
    """A command failed; what it said stands above."""


def t2e(*arguments: str) -> None:
    """Run a command to its end; ``StepError`` with its exit code if it fails."""
    _show(arguments)
    code = subprocess.run(_command(arguments), check=False).returncode
    if code:
        error = StepError(f"t2e {' '.join(arguments[:2])} ended with exit code {code}")
        error.exit_code = code if code in (1, 2, 3) else 1
        raise error


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that runs meanwhile, and not longer."""
    _show(arguments)
    with subprocess.Popen(_command(arguments)) as child:
        try:
            yield child
        finally:
            child.kill()


def _command(arguments: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "train2edge", *arguments]


def _show(arguments: tuple[str, ...]) -> None:
    print(f"\n$ t2e {shlex.join(arguments)}", flush=True)
