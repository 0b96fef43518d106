import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tests.train2edge.datasets import toys
from tests.train2edge.datasets.toys import line
from train2edge.datasets.cli import data
from train2edge.errors import InputError, MissingError

FEW = {"export": {"calibration": {"pictures": 2}}}


def spec(tmp_path: Path, labels: str) -> Path:
    source = toys.kitti(tmp_path, {"a": labels, "b": labels, "c": labels})
    dataset = {"classes": ["car"], "train": source.model_dump(mode="json", exclude_none=True)}
    text = yaml.safe_dump({"name": "x", "dataset": dataset, **FEW})
    return toys.text(tmp_path / "spec.yaml", text)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(data, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_check_ends_with_its_path_or_json(tmp_path: Path) -> None:
    path = spec(tmp_path, line("car", 5, 5, 20, 20))
    assert run("check", str(path)).splitlines()[-1] == str(path)
    record = json.loads(run("check", str(path), "--json"))
    assert record["parts"]["train"]["objects"] == {"car": 2} and not record["errors"]


def test_check_fails_where_training_would(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.txt:1: label 'tram'"):
        run("check", str(spec(tmp_path, line("tram", 5, 5, 20, 20))))


def test_check_fails_where_export_would(tmp_path: Path) -> None:
    path = str(spec(tmp_path, line("car", 5, 5, 20, 20)))
    many = ("--set", "export.calibration.pictures=3")
    with pytest.raises(InputError, match="3 calibration pictures asked for, the training part has"):
        run("check", path, *many)
    run("check", path, *many, "--set", "export.precision=fp16")


def test_convert_writes_and_tells(tmp_path: Path) -> None:
    spec(tmp_path, line("car", 5, 5, 20, 20))
    where = ["--images", str(tmp_path / "images"), "--labels", str(tmp_path / "labels")]
    common = ["convert", "--from", "kitti", "--to", "coco", *where, "-o", str(tmp_path / "out")]
    assert "pictures: 3" in run(*common, "--dry-run")
    assert not (tmp_path / "out").exists()
    assert run(*common).splitlines()[-1] == str(tmp_path / "out")
    assert (tmp_path / "out/instances.json").is_file()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--size", "641x384"], "'641x384' cannot be drawn"),
        (["--pictures", "0"], "0 is too few"),
        (["--frames", "-1"], "-1 is too few"),
    ],
)
def test_synth_refuses_bad_options(tmp_path: Path, options: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run("synth", "-o", str(tmp_path / "out"), *options)


def test_synth_says_what_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match="no gst-launch") as told:
        run("synth", "-o", str(tmp_path / "out"), "--pictures", "1")
    assert told.value.exit_code == 3 and not (tmp_path / "out").exists()


def test_synth_dry_run_draws_nothing(tmp_path: Path) -> None:
    assert "pictures: 240" in run("synth", "-o", str(tmp_path / "out"), "--dry-run")
    assert not (tmp_path / "out").exists()
