"""Progress on stderr: what is going on, how fast, and how long it will still take.

In a terminal a bar, in a log a line now and then: long work that says nothing looks like one that
hangs, above all where nobody can look.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

Item = TypeVar("Item")
EVERY = 30.0  # seconds between two lines of a log; shorter work leaves none


class Bar(Protocol):
    """One running task: ``advance`` as items are done, ``note`` for a figure worth seeing."""

    def advance(self, count: int = 1) -> None: ...

    def note(self, text: str) -> None: ...


@contextlib.contextmanager
def bar(title: str, total: int, unit: str = "pictures") -> Iterator[Bar]:
    """Show rate and time left while the block runs."""
    from rich.console import Console

    console = Console(file=sys.stderr)
    if console.is_terminal:
        with _drawn(console, title, total, unit) as running:
            yield running
    else:
        yield _Lines(title, total, unit)


def track(items: Iterable[Item], title: str, total: int, unit: str = "pictures") -> Iterator[Item]:
    """Iterate with a bar."""
    with bar(title, total, unit) as running:
        for item in items:
            yield item
            running.advance()


@contextlib.contextmanager
def _drawn(console: Console, title: str, total: int, unit: str) -> Iterator[Bar]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=total, rate="", note="")

        class Drawn:
            def advance(self, count: int = 1) -> None:
                progress.advance(task, count)
                speed = progress.tasks[0].speed
                progress.update(task, rate=f"{speed:.1f} {unit}/s" if speed else "")

            def note(self, text: str) -> None:
                progress.update(task, note=text)

        yield Drawn()


class _Lines:
    """``calibrate: 20 of 64 pictures, 3.1 pictures/s, 0:14 left``, each ``EVERY`` seconds."""

    def __init__(self, title: str, total: int, unit: str) -> None:
        self.title, self.total, self.unit = title, total, unit
        self.done, self.text = 0, ""
        self.began = self.told = time.monotonic()

    def advance(self, count: int = 1) -> None:
        self.done += count
        now = time.monotonic()
        if now - self.told >= EVERY:
            self.told = now
            print(self._line(now - self.began), file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        self.text = text

    def _line(self, seconds: float) -> str:
        rate = self.done / seconds
        minutes, left = divmod(round(max(self.total - self.done, 0) / rate), 60)
        head = f"{self.title}: {self.done} of {self.total} {self.unit}"
        tail = f"  {self.text}" if self.text else ""
        return f"{head}, {rate:.1f} {self.unit}/s, {minutes}:{left:02} left{tail}"
