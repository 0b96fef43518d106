"""The live table, and the lines in its place."""

from __future__ import annotations

import io
import sys

import pytest

from deepstream.deploy.board import board
from deepstream.deploy.host import Host

HOSTS = (Host("jane@[odd]"), Host("b"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with board(HOSTS, "street") as tell:
        tell(HOSTS[0], "engine", "[red]no markup[/red]")
        tell(HOSTS[1], "failed", "no room")
    last = shown.getvalue()
    assert all(one in last for one in ("jane@[odd]", "[red]no markup[/red]", "no room", "street"))


def test_lines_elsewhere_are_not_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    with board(HOSTS, "street") as tell:
        for number in range(1000):
            tell(HOSTS[0], "engine", f"line {number}")
        tell(HOSTS[0], "done", "")
    told = capsys.readouterr().err.splitlines()
    assert told == ["jane@[odd]: building the engine: line 0", "jane@[odd]: done"]
