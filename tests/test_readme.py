"""Every command that README and docs show is there as shown; the first steps are run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from train2edge.cli import t2e

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?:<!-- commands: (\w+) -->\n)?```sh\n(.*?)```", re.DOTALL)


def shown() -> Iterator[tuple[str, str]]:
    """(page, command line) of every ``t2e`` command in code blocks and in backticks."""
    for page in PAGES:
        text = page.read_text()
        for _, block in BLOCK.findall(text):
            for line in block.replace("\\\n", " ").splitlines():
                yield page.name, line
        for inline in re.findall(r"`(t2e [^`]+)`", BLOCK.sub("", text)):
            yield page.name, inline


def commands() -> list[tuple[str, str]]:
    found = []
    for page, line in shown():
        words = line.partition(" #")[0].strip().removeprefix(".venv/bin/")
        if words.startswith("t2e "):
            found.append((page, words))
    return found


def test_there_are_commands_to_check() -> None:
    assert len(commands()) > 15


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_shown_command_and_option_exists(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = t2e
    context = click.Context(command, info_name="t2e")
    while isinstance(command, click.Group) and words:
        name = words.pop(0)
        inner = command.get_command(context, name)
        assert inner is not None, f"{page}: {line}: no command '{name}'"
        command = inner
        context = click.Context(command, parent=context, info_name=name)
    # raises click.NoSuchOption for an option that is not there
    command.make_parser(context).parse_args(words)


def block(name: str) -> list[str]:
    text = (ROOT / "README.md").read_text()
    found = [body for label, body in BLOCK.findall(text) if label == name]
    assert found, f"README has no block named {name}"
    return [line for line in found[0].splitlines() if line.strip()]


def test_the_first_steps_run_as_they_stand(tmp_path: Path) -> None:
    for line in block("steps"):
        words = shlex.split(line, comments=True)
        assert words[0] == "t2e"
        done = subprocess.run(
            [sys.executable, "-m", "train2edge", *words[1:]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert (tmp_path / "street" / "video.mp4").is_file()
    assert (tmp_path / "spec.schema.json").is_file()
