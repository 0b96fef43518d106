"""The report of ``t2e data check`` as tables on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from train2edge import terminal
from train2edge.datasets.check import CheckReport

SHOWN = 5  # places told of each kind


def print_report(report: CheckReport, console: Console | None = None) -> None:
    """Print what was counted, then the warnings; the caller raises the errors."""
    console = console or terminal.console()
    if report.parts:
        console.print(_counts(report))
    for kind, findings in report.kinds.items():
        console.print(Text(f"{kind}: {len(findings)}", style="yellow"))
        for one in findings[:SHOWN]:
            console.print(Text(f"  {one}"), soft_wrap=True)
        if len(findings) > SHOWN:
            console.print(Text(f"  and {len(findings) - SHOWN} more (--json tells all)"))
    if not report.warnings and not report.errors:
        console.print(Text("nothing wrong was found", style="green"))


def _counts(report: CheckReport) -> Table:
    table = Table(title="boxes by class", title_justify="left")
    table.add_column("")
    for part in report.parts:
        table.add_column(part, justify="right")
    parts = list(report.parts.values())
    for name in parts[0].objects:
        table.add_row(name, *[str(part.objects[name]) for part in parts])
    table.add_section()
    table.add_row("ignored", *[str(part.ignored) for part in parts])
    table.add_row("pictures", *[str(part.pictures) for part in parts])
    table.add_row("without objects", *[str(part.background) for part in parts])
    return table
