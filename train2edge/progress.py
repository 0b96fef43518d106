"""Progress on stderr: what is going on, how fast, and how long it will still take."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


class Bar:
    """One running task: ``advance`` as items are done, ``note`` for a figure worth seeing."""

    def __init__(self, advance: object, update: object) -> None:
        self._advance = advance
        self._update = update

    def advance(self, count: int = 1) -> None:
        self._advance(count)  # type: ignore[operator]

    def note(self, text: str) -> None:
        self._update(text)  # type: ignore[operator]


@contextlib.contextmanager
def bar(title: str, total: int, unit: str = "pictures") -> Iterator[Bar]:
    """Show a bar with rate and time left while the block runs; nothing without a terminal."""
    from rich.console import Console
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
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total, rate="", note="")

        def advance(count: int) -> None:
            progress.advance(task, count)
            speed = progress.tasks[0].speed
            progress.update(task, rate=f"{speed:.1f} {unit}/s" if speed else "")

        yield Bar(advance, lambda text: progress.update(task, note=text))


def track(items: Iterable[Item], title: str, total: int, unit: str = "pictures") -> Iterator[Item]:
    """Iterate with a bar."""
    with bar(title, total, unit) as running:
        for item in items:
            yield item
            running.advance()
