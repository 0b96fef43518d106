"""What happens on every device, live: a table on a terminal, lines elsewhere, on stderr."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from deepstream.deploy.fleet import DONE, FAILED, Board
from deepstream.deploy.host import Host

if TYPE_CHECKING:
    from rich.table import Table

STAGES = {
    "look": "looking at it",
    "copy": "copying",
    "engine": "building the engine",
    "try": "trial run",
    "fetch": "fetching results",
    "service": "installing the service",
    "switch": "switching",
    DONE: "done",
    FAILED: "failed",
}
_COLORS = {DONE: "green", FAILED: "red"}
_EVERY = 10.0  # seconds between two lines of one stage


@contextlib.contextmanager
def board(hosts: Sequence[Host], title: str) -> Iterator[Board]:
    """Give what a device's stage is told to; whoever tells may be in any thread."""
    from rich.console import Console

    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield _lines()
        return
    from rich.live import Live

    rows = {host: _Row() for host in hosts}
    with Live(console=console, get_renderable=lambda: _table(rows, title), refresh_per_second=4):

        def tell(host: Host, stage: str, word: str) -> None:
            rows[host] = _Row(stage, word, rows[host].began, time.monotonic())

        yield tell


class _Row:
    def __init__(
        self, stage: str = "", word: str = "", began: float | None = None, now: float | None = None
    ) -> None:
        self.stage, self.word, self.now = stage, word, now
        self.began = time.monotonic() if began is None else began

    @property
    def seconds(self) -> float:
        end = self.now if self.now and self.stage in _COLORS else time.monotonic()
        return end - self.began


def _table(rows: dict[Host, _Row], title: str) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", expand=True)
    for name, ratio in (("device", 2), ("stage", 2), ("", 5), ("s", 1)):
        table.add_column(name, ratio=ratio, no_wrap=True, overflow="ellipsis")
    for host, row in rows.items():
        stage = Text(STAGES.get(row.stage, row.stage), style=_COLORS.get(row.stage, ""))
        table.add_row(Text(host.address), stage, Text(row.word), f"{row.seconds:.0f}")
    return table


def _lines() -> Board:
    """A line when a stage begins, and now and then while it lasts."""
    last: dict[Host, tuple[str, float]] = {}
    lock = threading.Lock()

    def tell(host: Host, stage: str, word: str) -> None:
        with lock:
            before, when = last.get(host, ("", 0.0))
            if stage == before and time.monotonic() - when < _EVERY:
                return
            last[host] = (stage, time.monotonic())
            said = f": {word}" if word else ""
            print(f"{host.address}: {STAGES.get(stage, stage)}{said}", file=sys.stderr, flush=True)

    return tell
