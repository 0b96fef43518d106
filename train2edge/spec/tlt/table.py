"""The table of an import: what became of every key of the old file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from train2edge.spec.tlt.outcome import VERDICTS, Outcome
from train2edge.spec.tlt.run import Imported
from train2edge.terminal import WHOLE

LONGEST = 60  # letters of an old value that are shown


def show(imported: Imported) -> None:
    """On stderr, by outcome, what needs thought last; then what is still to be written."""
    from rich.console import Console
    from rich.table import Table

    several = len({one.where.rpartition(":")[0] for one in imported.outcomes}) > 1
    out = Console(file=sys.stderr, width=None if sys.stderr.isatty() else WHOLE, markup=False)
    for verdict in VERDICTS:
        rows = [one for one in imported.outcomes if one.verdict == verdict]
        if not rows:
            continue
        title = f"{verdict}: {len(rows)}"
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        for name in ("line", "key", "value", *_columns(verdict)):
            table.add_column(name, overflow="fold", justify="right" if name == "line" else "left")
        for row in _rows(rows, verdict, several):
            table.add_row(*row)
        out.print(table)
        out.print()
    for one in imported.statements:
        out.print(f"note: {one}")
    for key in imported.open:
        out.print(f"to be written: {key}", style="bold")


def _columns(verdict: str) -> tuple[str, ...]:
    return {"taken over": ("as",), "changed": ("as", "how")}.get(verdict, ("why",))


def _rows(rows: list[Outcome], verdict: str, several: bool) -> Iterator[tuple[str, ...]]:
    for one in rows:
        value = one.value if len(one.value) <= LONGEST else f"{one.value[: LONGEST - 3]}..."
        ends = {"taken over": (one.to,), "changed": (one.to, one.why)}.get(verdict, (one.why,))
        place = Path(one.where).name if several else str(one.line)
        yield (place, one.key, value, *ends)
