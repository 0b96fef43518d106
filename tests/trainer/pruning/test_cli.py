"""``t2e prune``: files out, plans shown, mistakes told in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.trainer.pruning.test_apply import fresh
from train2edge import cli
from train2edge.spec import loader
from trainer import checkpoint
from trainer.pruning.cli import EQUALIZATIONS, SCORES
from trainer.pruning.scores import KINDS

T2E = Callable[..., tuple[int, str, str]]

SPEC = {
    "name": "toy",
    "dataset": {"classes": ["a"], "train": {"format": "kitti", "images": "i", "labels": "l"}},
    "pruning": {"keep": 0.7, "granularity": 4, "exclude": ["features.0.0"]},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    fresh("mobilenet_v2").save(folder / "best.safetensors")
    return folder


@pytest.fixture(scope="module")
def run_with_spec(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run_with_spec")
    (folder / "best.safetensors").write_bytes((run / "best.safetensors").read_bytes())
    (folder / "spec.yaml").write_text(yaml.safe_dump(SPEC))
    return folder


@pytest.fixture
def t2e(capsys: pytest.CaptureFixture[str]) -> T2E:
    """``t2e prune`` as the shell sees it: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = cli.run([str(one) for one in ("prune", *arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_folder_of_other_things_is_left_alone(t2e: T2E, run: Path, tmp_path: Path) -> None:
    (tmp_path / "best.safetensors").write_bytes(b"the user's own")
    code, _, errors = t2e(run, "--keep", 0.7, "-o", tmp_path)
    assert (code, "is not empty" in errors) == (2, True)
    assert [one.name for one in tmp_path.iterdir()] == ["best.safetensors"]
    for keep in (0.7, 0.6):  # an earlier pruning is replaced as a whole
        assert t2e(run, "--keep", keep, "-o", tmp_path / "small")[0] == 0


def test_a_pruned_run_is_written_whole(t2e: T2E, run_with_spec: Path, tmp_path: Path) -> None:
    code, output, _ = t2e(run_with_spec, "-o", tmp_path / "small")
    assert code == 0
    assert output.splitlines()[-1] == str(tmp_path / "small")
    assert "% left)" in output
    names = {one.name for one in (tmp_path / "small").iterdir()}
    assert names == {"best.safetensors", "plan.json", "report.json", "spec.yaml"}
    plan = json.loads((tmp_path / "small" / "plan.json").read_text())
    report = json.loads((tmp_path / "small" / "report.json").read_text())
    model = checkpoint.load(tmp_path / "small").model()
    count = sum(one.numel() for one in model.parameters())
    assert count == plan["after"]["parameters"] == report["after"]["parameters"]
    assert 0.6 < plan["keep"] <= 0.7
    assert plan["rule"]["granularity"] == 4
    assert loader.load(tmp_path / "small" / "spec.yaml").pruning.keep == 0.7  # type: ignore[union-attr]


def test_options_go_over_the_spec(t2e: T2E, run_with_spec: Path) -> None:
    options = ("--speedup", 1.5, "--granularity", 16, "--dry-run", "--json")
    code, output, _ = t2e(run_with_spec, *options)
    plan = json.loads(output)
    assert code == 0
    assert plan["speedup"] >= 1.5
    assert plan["rule"]["granularity"] == 16
    stem = next(one for one in plan["groups"] if one["layers"][0] == "backbone.features.0.0")
    assert len(stem["kept"]) == 32


def test_a_dry_run_writes_nothing(t2e: T2E, run: Path, tmp_path: Path) -> None:
    code, output, _ = t2e(run, "--threshold", 0.3, "--dry-run", "-o", tmp_path / "small")
    assert code == 0
    assert output.startswith("layer ")
    assert not (tmp_path / "small").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--out"),
        (("--dry-run",), "nothing says how much to prune"),
        (("--keep", 2, "--dry-run"), "--keep"),
        (("--keep", 0.5, "--speedup", 2, "--dry-run"), "exactly one of"),
        (("--speedup", 0.5, "--dry-run"), "--speedup"),
        (("--keep", 0.5, "--granularity", 0, "--dry-run"), "--granularity"),
        (("--keep", 0.5, "--exclude", "nowhere", "--dry-run"), "'nowhere'"),
        (("--keep", 0.001, "--dry-run"), "at least 0."),
        (("--keep", 0.5, "--score", "luck", "--dry-run"), "luck"),
    ],
)
def test_wrong_options_are_told(
    t2e: T2E, run: Path, arguments: tuple[object, ...], message: str
) -> None:
    code, _, errors = t2e(run, *arguments)
    assert code == 2
    assert message in errors
    assert "Traceback" not in errors


def test_the_run_itself_is_never_overwritten(t2e: T2E, run: Path) -> None:
    before = (run / "best.safetensors").read_bytes()
    code, _, errors = t2e(run, "--keep", 0.5, "-o", run)
    assert code == 2
    assert "is the RUN that is pruned" in errors
    assert (run / "best.safetensors").read_bytes() == before


def test_a_corrupt_checkpoint_is_told(t2e: T2E, tmp_path: Path) -> None:
    (tmp_path / "best.safetensors").write_bytes(b"\x10" * 100)
    code, _, errors = t2e(tmp_path, "--keep", 0.5, "--dry-run")
    assert code == 2
    assert str(tmp_path / "best.safetensors") in errors


def test_the_commands_choices_are_the_codes() -> None:
    assert SCORES == KINDS
    assert EQUALIZATIONS == ("union", "intersection", "arithmetic_mean", "geometric_mean")
