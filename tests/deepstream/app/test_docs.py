"""The page's commands, run as they stand on an app of toys, with the file that it shows."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deepstream.twin import toy
from tests.test_readme import block

pytestmark = pytest.mark.usefixtures("gstreamer")
ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/deepstream.md").read_text()


def shown(name: str) -> str:
    """The text of the file ``name``."""
    found = re.search(rf"<!-- file: {name} -->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return found[1]


def test_the_commands_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "app").mkdir()
    video = toy.write_video(tmp_path / "a.avi", toy.moving(5))
    tracker = {"enable": 1, "ll-config-file": "tracker.yml"}
    toy.write_app(tmp_path / "app", [video], tracker=tracker)
    (tmp_path / "mine.py").write_text(shown("mine.py"))
    commands = block("python")
    for line in commands:
        words = shlex.split(line, comments=True)
        program = {"t2e": ["-m", "train2edge"], "python3": []}[words[0]]
        done = subprocess.run(
            [sys.executable, *program, *words[1:]], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        lines = (tmp_path / "results/detections.jsonl").read_text().splitlines()
        assert len(lines) == 5, line
        (tmp_path / "results/detections.jsonl").unlink()
    assert len(commands) == 4
    assert len(list((tmp_path / "crops").glob("*.png"))) == 3  # two frames are on probation
    keys = set(json.loads(lines[-1]))
    assert keys == {"frame", "source", "number", "pts", "objects"}
