"""``t2e models``: lists without torch, fetches what is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from train2edge.models_cli import models
from trainer import pretrained


def test_list_needs_no_torch_and_names_what_there_is() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from train2edge.models_cli import models; models(['list', '--json'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert set(found) == {"recipes", "backbones", "heads", "imports", "pretrained"}
    assert {"mobilenet_v2", "resnet10", "resnet18"} <= set(found["backbones"])
    assert "BSD-3" in found["pretrained"]["mobilenet_v2_imagenet"]


def test_list_is_readable() -> None:
    lines = CliRunner().invoke(models, ["list"]).output.splitlines()
    assert "backbones:" in lines
    assert "  resnet18" in lines


def test_pull_ends_with_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "net.pth").write_bytes(b"x")
    monkeypatch.setattr(pretrained, "fetch", lambda wanted: tmp_path / f"{wanted.name}.pth")
    done = CliRunner().invoke(models, ["pull", "net"])
    assert done.output.splitlines()[-1] == str(tmp_path / "net.pth")
