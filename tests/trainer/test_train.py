from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.trainer import toys
from train2edge.cli import run
from train2edge.errors import InputError
from train2edge.spec.experiment import Experiment
from train2edge.spec.loader import save
from trainer import checkpoint
from trainer.plan import plan_training
from trainer.train import train

ROOT = Path(__file__).parents[2]


def run_forks(*arguments: object) -> None:
    command = [sys.executable, "-m", "tests.trainer.forks", *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]


def weights(run: Path) -> dict[str, Tensor]:
    return checkpoint.load(run).weights


def test_killed_at_random_moments_and_resumed_is_as_undisturbed(tmp_path: Path) -> None:
    run_forks("kill", tmp_path)
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    expected = weights(undisturbed)
    assert all(torch.equal(value, expected[name]) for name, value in weights(killed).items())
    states = [torch.load(run / "last.pt", weights_only=True) for run in (undisturbed, killed)]
    last, again = (state["learner"]["model"] for state in states)
    assert all(torch.equal(last[name], again[name]) for name in last)
    lines = [(run / "metrics.jsonl").read_text() for run in (undisturbed, killed)]
    assert lines[0] == lines[1]
    assert [json.loads(line)["epoch"] for line in lines[0].splitlines()] == [1, 2, 3]
    assert not list(killed.glob(".*"))
    contracts = [checkpoint.load(run).contract for run in (undisturbed, killed)]
    assert contracts[0] == contracts[1]


def test_two_processes_learn_what_one_with_twice_the_batch_learns(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run_forks("together", tmp_path, port)
    alone, shared, before = (
        weights(tmp_path / name) for name in ("alone", "shared", "start.safetensors")
    )
    for name, value in alone.items():
        torch.testing.assert_close(shared[name], value, rtol=1e-4, atol=1e-6)
    assert any(not torch.equal(before[name], value) for name, value in alone.items())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys.pictures(tmp_path_factory.mktemp("toys") / "data")


def test_thresholds_are_chosen_at_the_end_and_kept_with_the_weights(
    data: Path, tmp_path: Path
) -> None:
    start = toys.narrow(tmp_path / "start.safetensors")
    report = train(toys.experiment(data, epochs=1), tmp_path / "run", start=start)
    chosen = checkpoint.load(tmp_path / "run").contract.output
    assert chosen != checkpoint.load(start).contract.output
    assert report.best_epoch == 1
    assert (tmp_path / "run" / "spec.yaml").is_file()


def test_a_pruned_network_learns_from_its_teacher(data: Path, tmp_path: Path) -> None:
    start = toys.narrow(tmp_path / "start.safetensors")
    teacher = toys.narrow(tmp_path / "teacher.safetensors")
    retrain = {"epochs": 1, "batch_size": 2, "amp": "off", "distillation": {"weight": 1.0}}
    spec = Experiment.model_validate(
        {**toys.experiment(data).model_dump(), "pruning": {"keep": 0.5, "retrain": retrain}}
    )
    train(spec, tmp_path / "run", start=start, teacher=teacher)
    (line,) = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert json.loads(line)["loss/distillation"] > 0
    assert checkpoint.load(tmp_path / "run").architecture == checkpoint.load(start).architecture


def test_a_folder_of_other_things_is_not_written_to(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.txt").touch()
    with pytest.raises(InputError, match="is not empty"):
        train(toys.experiment(data), tmp_path / "photos")
    mine = tmp_path / "here" / "spec.yaml"
    mine.parent.mkdir()
    save(toys.experiment(data), mine)
    written = mine.read_text()
    assert run(["train", str(mine), "-o", str(mine.parent)]) == 2
    assert "holds the experiment file itself" in capsys.readouterr().err
    assert mine.read_text() == written


def test_a_run_is_never_written_over(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "last.pt").write_bytes(b"anything")
    with pytest.raises(InputError, match="holds a training already"):
        train(toys.experiment(data), run)
    with pytest.raises(InputError, match="not a training state"):
        train(toys.experiment(data), run, resume=True)
    with pytest.raises(InputError, match="nothing to resume"):
        train(toys.experiment(data), tmp_path / "elsewhere", resume=True)


def test_a_dry_run_says_what_would_be_done(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(toys.experiment(data, epochs=3), tmp_path / "spec.yaml")
    words = ["train", str(tmp_path / "spec.yaml"), "-o", str(tmp_path / "run"), "--dry-run"]
    assert run(words) == 0
    told = capsys.readouterr().out
    assert "begins as model.pretrained says" in told and "3 epochs" in told
    assert run([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["training"]["epochs"] == 3
    assert not (tmp_path / "run").exists()


def test_a_teacher_and_its_weight_go_together(data: Path, tmp_path: Path) -> None:
    spec = toys.experiment(data)
    samples = [object()] * 8
    teacher = toys.narrow(tmp_path / "teacher.safetensors")
    with pytest.raises(InputError, match=r"distillation\.weight is 0"):
        plan_training(spec, samples, teacher=teacher)  # type: ignore[arg-type]
    taught = toys.experiment(data, distillation={"weight": 1.0})
    with pytest.raises(InputError, match="needs a teacher"):
        plan_training(taught, samples)  # type: ignore[arg-type]


def test_a_pruned_start_is_retrained_without_regularizer(data: Path, tmp_path: Path) -> None:
    spec = toys.experiment(data, regularizer={"type": "L1", "weight": 1e-6})
    start = toys.narrow(tmp_path / "start.safetensors")
    plan = plan_training(spec, [object()] * 8, start=start)  # type: ignore[list-item]
    assert plan.retrain
    assert plan.training.regularizer.type == "none"
    assert plan.architecture == checkpoint.load(start).architecture
    assert plan_training(spec, [object()] * 8).training.regularizer.type == "L1"  # type: ignore[list-item]
