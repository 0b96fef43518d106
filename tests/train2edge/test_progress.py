from __future__ import annotations

from types import SimpleNamespace

import pytest

from train2edge import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that goes ten seconds on at each look, so that three pictures make half a minute."""
    ticks = [0.0]

    def now() -> float:
        ticks[0] += 10
        return ticks[0]

    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=now))
    return ticks


def test_a_log_gets_a_line_now_and_then(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.bar("calibrate", 64) as running:
        running.note("loss 0.2")
        for _ in range(7):
            running.advance(2)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        "calibrate: 6 of 64 pictures, 0.2 pictures/s, 4:50 left  loss 0.2",
        "calibrate: 12 of 64 pictures, 0.2 pictures/s, 4:20 left  loss 0.2",
    ]


def test_short_work_leaves_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress.track(range(100), "read", 100)) == list(range(100))
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    list(progress.track(range(3), "read", 3, "files"))
    assert "3/3" in capsys.readouterr().err
