from __future__ import annotations

from pathlib import Path

import pytest

from deepstream.app import callback
from deepstream.app.frame import Frame
from train2edge.errors import InputError, WorkError

FRAME = Frame(source=0, number=7, pts=None, size=(8, 6), objects=())
TEXT = """import beside

seen = []

def on_frame(frame):
    seen.append(frame.number)
    beside.check(frame)

def other(frame):
    raise KeyError("plate")
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sys.path", ["before"])
    monkeypatch.setattr("sys.modules", dict(__import__("sys").modules))
    (tmp_path / "beside.py").write_text("def check(frame):\n    assert frame.number < 8, 'late'\n")
    path = tmp_path / "mine.py"
    path.write_text(TEXT)
    return path


def test_a_function_by_name_or_the_usual_one(file: Path) -> None:
    callback.load(f"{file}")(FRAME)
    called = callback.load(f"{file}:on_frame")
    called(FRAME)
    with pytest.raises(WorkError, match="other: KeyError: 'plate'") as caught:
        callback.load(f"{file}:other")(FRAME)
    assert caught.value.where == f"{file}:10"


def test_an_error_below_the_users_file_tells_the_line_that_led_there(file: Path) -> None:
    late = Frame(source=0, number=8, pts=None, size=(8, 6), objects=())
    with pytest.raises(WorkError, match="AssertionError: late") as caught:
        callback.load(f"{file}")(late)
    assert caught.value.where == f"{file}:7"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def on_frame(frame)\n", "mine.py:1: SyntaxError"),
        ("\nimport nothing_of_this_name\n", "mine.py:2: ModuleNotFoundError"),
        ("def count(frame): ...\n", "no function 'on_frame'; it has count"),
        ("on_frame = 3\n", "no function 'on_frame'; it has none"),
    ],
)
def test_what_cannot_be_called(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        callback.load(str(file))


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file: .*none\.py"):
        callback.load(f"{tmp_path / 'none.py'}:on_frame")
