"""The unit file, with paths that systemd would take apart."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from deepstream import render
from deepstream.deploy.service import ServicePlan

ODD = ServicePlan(
    unit="t2e-odd.service",
    scope="user",
    title="100% odd",
    folder="/home/jane/it's 5%/a $HOME",
    program='/opt/odd "place"/50% $x/deepstream-app',
    user=None,
    display=":0",
)


def test_what_systemd_would_fill_in_is_doubled() -> None:
    text = render.unit(ODD)
    assert "Description=100%% odd\n" in text
    assert "WorkingDirectory=/home/jane/it's 5%%/a $HOME\n" in text
    assert text.count('"/opt/odd \\"place\\"/50%% $$x/deepstream-app"') == 1
    assert "Environment=DISPLAY=:0\n" in text and "User=" not in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_takes_it(tmp_path: Path) -> None:
    (tmp_path / ODD.unit).write_text(render.unit(ODD).replace(ODD.program, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / ODD.unit)], capture_output=True, text=True
    )
    assert "Unknown" not in done.stderr and "ignoring" not in done.stderr, done.stderr


def test_the_command_runs_a_program_whose_keyboard_is_silent(tmp_path: Path) -> None:
    """The line as systemd would hand it on: ``$$`` is one, quotes are taken off."""
    program = tmp_path / "my app"
    program.write_text('#!/bin/sh\necho "$@"; timeout 0.3 cat; echo "silent: $?"; exit 7\n')
    program.chmod(0o755)
    line = next(one for one in render.unit(ODD).splitlines() if one.startswith("ExecStart="))
    script = line.split("'")[1].replace("$$", "$")
    done = subprocess.run(
        ["/bin/sh", "-c", script, str(program)], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.stdout, done.returncode) == ("-c app.txt\nsilent: 124\n", 7)
