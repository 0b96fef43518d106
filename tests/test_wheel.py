"""The built wheel works on its own, with the data that belongs to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def python(*arguments: str, cwd: Path, path: Path | None = None) -> str:
    environment = {**os.environ, "PYTHONPATH": str(path) if path else ""}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a clean copy of the sources, installed into a folder of its own."""
    base = tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if name.startswith("tests/") or not (ROOT / name).is_file():
            continue
        target = base / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    pip = ("-m", "pip", "--disable-pip-version-check", "-q")
    build = ("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", "wheels", ".")
    python(*pip, *build, cwd=base / "source")
    wheel = next((base / "source" / "wheels").glob("train2edge-*.whl"))
    python(*pip, "install", "--no-deps", "--no-index", "--target", "site", str(wheel), cwd=base)
    return base / "site"


def test_every_file_that_is_data_came_along(installed: Path) -> None:
    for pattern in (
        "configs/**/*.yaml",
        "configs/**/*.txt",
        "deepstream/templates/*",
        "deepstream/deploy/scripts/*",
    ):
        wanted = {one.relative_to(ROOT) for one in ROOT.glob(pattern)}
        assert wanted
        missing = [one for one in wanted if not (installed / one).is_file()]
        assert not missing


def test_it_runs_beside_a_users_own_configs_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "mine.yaml").write_text("a: 1\n")
    said = python(
        "-c",
        "import train2edge, sys; print(train2edge.__file__);"
        "from train2edge.cli import run;"
        "sys.exit(run(['targets', 't4']) or run(['models', 'list']))",
        cwd=tmp_path,
        path=installed,
    )
    assert said.startswith(str(installed))
    assert "mobilenet_v2" in said
