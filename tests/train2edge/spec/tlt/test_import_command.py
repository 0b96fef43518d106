"""The command as its user types it, from an old file to a training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.train2edge.spec.tlt import old
from tests.trainer import toys
from train2edge.cli import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.txt").write_text(old.DETECTNET)
    return tmp_path


def test_a_table_on_stderr_and_the_path_last_on_stdout(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["spec", "import", "old.txt", "-o", "spec.yaml"]) == 0
    out, err = capsys.readouterr()
    assert out == "spec.yaml\n"
    assert "taken over: " in err and "changed: " in err
    assert "not needed here: " in err and "not possible here: " in err
    assert "note: " in err
    assert run(["spec", "check", "spec.yaml", "--no-data"]) == 0


def test_without_o_the_experiment_is_printed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["spec", "import", "old.txt"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["training"]["epochs"] == 120


def test_json_for_machines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["spec", "import", "old.txt", "-o", "spec.yaml", "--json"]) == 0
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert (record["path"], record["network"], err) == ("spec.yaml", "DetectNet_v2", "")
    first = record["keys"][0]
    assert (first["key"], first["outcome"], first["to"]) == ("random_seed", "taken over", "seed")
    assert sum(record["counts"].values()) == len(record["keys"])


@pytest.mark.parametrize("spoilt", ["num_epochs: x", "num_epochs: 0", "}"])
def test_nothing_is_written_of_a_wrong_file(folder: Path, spoilt: str) -> None:
    text = old.DETECTNET.replace("num_epochs: 120", spoilt)
    (folder / "old.txt").write_text(text)
    assert run(["spec", "import", "old.txt", "-o", "spec.yaml"]) == 2
    assert sorted(one.name for one in folder.iterdir()) == ["old.txt"]


def test_a_file_that_exists_is_left_alone(folder: Path) -> None:
    (folder / "spec.yaml").write_text("mine\n")
    assert run(["spec", "import", "old.txt", "-o", "spec.yaml"]) == 2
    assert (folder / "spec.yaml").read_text() == "mine\n"


def test_an_imported_experiment_trains(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two steps: eight pictures of twelve, four a step."""
    data = toys.pictures(folder / "data")
    for label in (data / "labels").iterdir():  # as KITTI has them; TLT compares in lower case
        label.write_text(label.read_text().replace("square", "Square"))
    (folder / "small.txt").write_text(old.SMALL)
    (folder / "convert.txt").write_text(old.CONVERT.replace("val_split: 14", "val_split: 34"))
    command = "spec import small.txt convert.txt --map /workspace/tlt-experiments=. -o spec.yaml"
    assert run(command.split()) == 0
    few = ["--set", "export.calibration.pictures=4"]
    assert run(["spec", "check", "spec.yaml", *few]) == 0
    assert run(["train", "spec.yaml", "-o", "run", "--set", "training.workers=0"]) == 0
    assert (folder / "run/best.safetensors").is_file()
    assert "epoch 1/1" in capsys.readouterr().err
