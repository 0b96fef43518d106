from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.trainer import toys
from train2edge import cli
from train2edge.spec.loader import save


def t2e(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.run([str(one) for one in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_quantize_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(toys.experiment(toys.pictures(tmp_path / "data")), tmp_path / "spec.yaml")
    start = toys.narrow(tmp_path / "start.safetensors")
    command = ["train", tmp_path / "spec.yaml", "-o", tmp_path / "run", "--quantize", "--dry-run"]
    chosen = ("--from", start, "--set", "quantization.epochs=7", "--json")
    code, told, _ = t2e(capsys, *command, *chosen)
    assert code == 0
    plan = json.loads(told)
    assert plan["training"]["epochs"] == 7
    assert plan["teacher"] == plan["start"] == str(start)
    assert plan["calibration"]["pictures"] == 64
    code, _, error = t2e(capsys, *command)
    assert code == 2
    assert "--from RUN" in error
    assert not (tmp_path / "run").exists()
