"""The command table: every help page works with nothing heavy installed; exit codes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from train2edge.cli import COMMANDS, run, t2e

BLOCKED = (
    "torch numpy onnx onnxruntime openvino onnx_graphsurgeon cv2 gi pydantic rich matplotlib"
    " tensorrt tensorrt_rtx torch_pruning jinja2 yaml"
)

WALK = """
import sys, contextlib, io
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in set(BLOCKED.split()):
            raise ModuleNotFoundError(f"{name} is blocked", name=name)
sys.meta_path.insert(0, Block())
import click
from train2edge.cli import run, t2e
def walk(command, words):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = run([*words, "--help"])
    assert code == 0 and "Usage: t2e" in out.getvalue(), (words, code)
    cut = [one for one in out.getvalue().splitlines() if one.endswith("...") and "Usage" not in one]
    assert not (isinstance(command, click.Group) and cut), cut
    print("t2e", *words)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            walk(command.get_command(context, name), [*words, name])
walk(t2e, [])
"""


def test_every_help_page_works_with_heavy_packages_blocked() -> None:
    script = f"BLOCKED = {BLOCKED!r}\n{WALK}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pages = done.stdout.splitlines()
    assert {f"t2e {name}" for name in COMMANDS} <= set(pages)
    assert len(pages) > len(COMMANDS) + 5


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(t2e)
    for name in COMMANDS:
        command = t2e.get_command(context, name)
        assert command is not None
        yield name, command


def test_every_command_and_option_says_what_it_is_for() -> None:
    def check(words: str, command: click.Command) -> None:
        assert command.help, words
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{words} {parameter.opts}"
        if isinstance(command, click.Group):
            for name, inner in command.commands.items():
                check(f"{words} {name}", inner)

    for name, command in commands():
        check(name, command)


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["spec", "new"], ["spec", "new", "--nonsense"]]
)
def test_usage_errors_end_with_2(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_a_package_that_is_not_installed_ends_with_3(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pydantic", None)
    for name in [one for one in sys.modules if one.startswith("train2edge.spec")]:
        monkeypatch.delitem(sys.modules, name)
    assert run(["spec", "show", "x.yaml"]) == 3
    assert "'pydantic' is not installed" in capfd.readouterr().err


def test_our_own_bugs_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(t2e, "main", broken)
    with pytest.raises(ZeroDivisionError):
        run([])


def test_a_place_that_cannot_be_is_told_in_a_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("kept")
    assert run(["spec", "new", "detection", "-o", str(tmp_path / "file" / "spec.yaml")]) == 2
    said = capfd.readouterr().err
    assert said == f"Error: {tmp_path / 'file'}: File exists\n"
    assert run(["spec", "new", "detection", "-o", str(tmp_path / ("x" * 300))]) == 2


@pytest.mark.parametrize(("code", "ends"), [(errno.EACCES, 2), (errno.ENOSPC, 1)])
def test_no_rights_and_no_room_are_no_bugs(
    code: int,
    ends: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), "/data/runs")

    monkeypatch.setattr("train2edge.files.tempfile.mkstemp", refuse)
    monkeypatch.setattr("train2edge.files.Path.mkdir", lambda *_, **__: None)
    assert run(["spec", "new", "detection", "-o", str(tmp_path / "spec.yaml")]) == ends
    assert f"Error: /data/runs: {os.strerror(code)}" in capfd.readouterr().err


def test_any_other_error_of_a_file_stays_a_bug(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def lose(*_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "gone", "/tmp/ours")

    monkeypatch.setattr("train2edge.files.tempfile.mkstemp", lose)
    with pytest.raises(FileNotFoundError):
        run(["spec", "new", "detection", "-o", str(tmp_path / "spec.yaml")])
