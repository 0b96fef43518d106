"""The experiment file: every problem at once, each with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from train2edge.errors import InputError, ProblemsError
from train2edge.spec.document import json_schema, template
from train2edge.spec.loader import load, save

GOOD = """\
name: cars
dataset:
  classes: [car, bus]
  train: {format: kitti, images: pictures, labels: labels}
stream:
  inputs: [videos/a.mp4, "rtsp://camera/1"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "spec.yaml"
    path.write_text(text)
    return path


def problems(path: Path, *sets: str) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        load(path, sets)
    return [str(one).replace(str(path), "spec.yaml") for one in caught.value.problems]


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    experiment = load(write(tmp_path, GOOD))
    assert experiment.dataset.train[0].images == tmp_path / "pictures"
    assert experiment.stream.inputs == (str(tmp_path / "videos/a.mp4"), "rtsp://camera/1")


def test_overrides_win_and_their_paths_are_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    sets = ("training.epochs=3", "dataset.train.0.images=here", "stream.inputs=[v.mp4]")
    experiment = load(write(tmp_path, GOOD), sets)
    assert experiment.training.epochs == 3
    assert experiment.dataset.train[0].images == Path("/here")
    assert experiment.dataset.train[0].labels == tmp_path / "labels"
    assert experiment.stream.inputs == ("/v.mp4",)


def test_all_problems_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    text = GOOD.replace("name: cars", "name: 'c a r s'").replace("kitti", "kiti")
    found = problems(
        write(tmp_path, text + "trainin:\n  epochs: 2\nmodel: {input: {width: 100}}\n")
    )
    assert len(found) == 4
    assert found[0].startswith("spec.yaml:1: name:")
    assert "spec.yaml:4: dataset.train.0.format: Input should be 'kitti'" in found[1]
    assert "spec.yaml:9: model.input.width: 100 is not a multiple of 16" in found[2]
    assert found[3] == "spec.yaml:7: trainin: unknown key (did you mean 'training'?)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("training: {epochs: many}", "valid integer"),
        ("training: {schedule: {minimum: 1, maximum: 0.1}}", "minimum 1.0 is above maximum 0.1"),
        ("training: {schedule: {soft_start: 0.9, annealing: 0.2}}", "soft_start 0.9 is after"),
        ("augmentation: {zoom_min: 2, zoom_max: 1}", "zoom_min 2.0 is above zoom_max 1.0"),
        ("augmentation: {hflip: 1.5}", "less than or equal to 1"),
        ("pruning: {}", "exactly one of threshold, keep, speedup"),
        ("pruning: {keep: 0.5, speedup: 2}", "given: keep, speedup"),
        ("pruning: {keep: 1.5}", "less than 1"),
        ("model: {pretrained: {url: 'http://x/y', sha256: ab}}", "is not https"),
        ("model: {pretrained: {url: 'https://x/y'}}", "a url needs its sha256"),
        ("model: {pretrained: {file: a, name: b}}", "exactly one of name, file, url"),
        ("model: {backbone: resnet19}", "'mobilenet_v2'"),
        ("evaluation: {clustering: {nms_iou: 3}}", "nms_iou"),
        ("export: {calibration: {percentile: 20}}", "greater than 50"),
        ("stream: {tracker: kalman}", "'IOU'"),
        ("version: 2", "Input should be 1"),
        ("seed: -1", "greater than or equal to 0"),
        ("targets: [{device: t4}]", "targets.0.deepstream: must be given"),
        ("epochs: 3", "unknown key"),
    ],
)
def test_wrong_values(tmp_path: Path, change: str, message: str) -> None:
    data = yaml.safe_load(GOOD)
    data.update(yaml.safe_load(change))
    found = problems(write(tmp_path, yaml.safe_dump(data)))
    assert len(found) == 1, found
    assert message in found[0]
    assert found[0].startswith("spec.yaml:")


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ("[car, car]", "a class is named twice"),
        ("['two words']", "'two words'"),
        ("[]", "at least 1 item"),
        ("['a;b']", "'a;b'"),
    ],
)
def test_class_names_that_kitti_or_nvinfer_cannot_carry(
    tmp_path: Path, classes: str, message: str
) -> None:
    found = problems(write(tmp_path, GOOD.replace("[car, bus]", classes)))
    assert message in found[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "not YAML"),
        ("- a\n- b\n", "a mapping of sections"),
        ("", "a mapping of sections"),
        ("name: a\nname: b\n", "'name' is given twice"),
        ("name: !!python/object:os.system x\n", "not YAML"),
    ],
)
def test_files_that_are_no_experiment(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_and_a_binary_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such experiment file"):
        load(tmp_path / "none.yaml")
    (tmp_path / "spec.yaml").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match="not a text file"):
        load(tmp_path / "spec.yaml")


@pytest.mark.parametrize("text", ["epochs", "training.epochs", "=3", "a..b=1", "name.x=1"])
def test_overrides_that_are_none(tmp_path: Path, text: str) -> None:
    found = problems(write(tmp_path, GOOD), text)
    assert found[0].startswith(f"--set {text}: ")


def test_the_template_is_a_valid_experiment_and_explains_every_key(tmp_path: Path) -> None:
    text = template("detection")
    load(write(tmp_path, text))
    for line in text.splitlines():
        assert len(line) <= 100, line
    assert "None" not in text


def test_what_is_saved_loads_back_equal(tmp_path: Path) -> None:
    experiment = load(write(tmp_path, template("detection")))
    save(experiment, tmp_path / "resolved.yaml")
    assert load(tmp_path / "resolved.yaml") == experiment


def test_the_schema_knows_every_section() -> None:
    schema = json.loads(json_schema())
    assert {"dataset", "model", "training", "stream"} <= schema["properties"].keys()
    assert schema["additionalProperties"] is False


def test_a_value_that_is_set_below_an_alias_leaves_the_anchor_alone(tmp_path: Path) -> None:
    text = GOOD.replace("train: {", "train: &t {").replace("stream:", "  test: *t\nstream:")
    dataset = load(write(tmp_path, text), ["dataset.test.images=/else"]).dataset
    assert dataset.test[0].images == Path("/else")
    assert dataset.train[0].images == tmp_path / "pictures"


def test_a_value_that_holds_itself_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "name: x\ndataset: &x\n  train: *x\n")
    with pytest.raises(InputError, match=r"\*x stands inside") as caught:
        load(path)
    assert caught.value.where == f"{path}:3"


def test_what_an_override_makes_is_its_fault(tmp_path: Path) -> None:
    (found,) = problems(write(tmp_path, GOOD), "retraining.epochs=1")
    assert found.startswith("--set retraining.epochs=1: retraining: unknown key")
