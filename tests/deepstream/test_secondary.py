from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deepstream import plan as planning
from deepstream.plan import AppPlan
from deepstream.render import render
from tests.deepstream import toy
from train2edge.bundle import ModelBundle
from train2edge.cli import run
from train2edge.errors import InputError
from train2edge.nvinfer import settings as infer_settings
from train2edge.spec.stream import Stream


@pytest.fixture
def plan(tmp_path: Path) -> AppPlan:
    return toy.app_plan(toy.bundle(tmp_path / "b"), "jetson-orin-nx", "7.0")


def test_nvinfers_own_reader_finds_the_contract_again(plan: AppPlan, tmp_path: Path) -> None:
    for name, text in render(plan).items():
        (tmp_path / name).write_text(text)
    for number, one in enumerate(plan.secondaries):
        wanted = replace(one.contract, output=replace(one.contract.output, classes=one.labels))
        for form in ("txt", "yaml"):
            settings = infer_settings.read(tmp_path / f"infer_secondary{number}.{form}")
            assert settings.warnings == ()
            assert settings.contract() == wanted
            assert (settings.process_mode, settings.gie_unique_id) == (2, 2 + number)
            assert settings.operate_on_gie_id == 1
    assert settings.secondary_reinfer_interval == 90


def test_what_the_stream_says_takes_the_place_of_the_bundles(plan: AppPlan) -> None:
    makes, colors = plan.secondaries
    assert (makes.contract.output.classifier_threshold, makes.classes) == (0.51, (0,))
    assert (colors.contract.output.classifier_threshold, colors.classes) == (0.2, ())
    assert (colors.contract.input.min_width, colors.contract.input.min_height) == (8, 16)
    assert any("16 pixels" in reason for reason in colors.reasons)
    assert not any("16 pixels" in reason for reason in makes.reasons)


def _second(folder: Path, **values: object) -> tuple[ModelBundle, Stream]:
    made = toy.bundle(folder / "second", made=toy.classifier("a", "b"))
    stream = {"inputs": ("e.mp4",), "secondaries": [{"bundle": "second", **values}]}
    return made, Stream.model_validate(stream)


def test_mistakes(tmp_path: Path) -> None:
    detector = toy.bundle(tmp_path / "first")
    second, stream = _second(tmp_path, classes=["lorry"])
    with pytest.raises(InputError, match="no class 'lorry'"):
        planning.plan(detector, stream, "t4", "7.1", secondaries=[second])
    _, stream = _second(tmp_path / "2", async_mode=True)
    untracked = stream.model_copy(update={"tracker": "none"})
    with pytest.raises(InputError, match="no tracker"):
        planning.plan(detector, untracked, "t4", "7.1", secondaries=[second])
    with pytest.raises(InputError, match="classifiers look at objects"):
        planning.plan(detector, stream, "t4", "7.1", secondaries=[detector])
    with pytest.raises(InputError, match="begins with a detector"):
        planning.plan(second, toy.ONE, "t4", "7.1")


def test_config_writes_both_networks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    toy.bundle(tmp_path / "first")
    _second(tmp_path)
    command = ["stream", "config", "first", "--target", "t4", "--input", "rtsp://h/a", "-o", "app"]
    assert run([*command, "--secondary", "second=car", "--secondary", "second"]) == 0
    assert "secondary: street, int8-qdq: a, b" in capsys.readouterr().out
    seconds = json.loads(Path("app/app.json").read_text())["secondaries"]
    assert [one["on_classes"] for one in seconds] == [[0], []]
    for one in seconds:
        files = one["files"]
        names = [*files.pop("stand_ins"), *(name for name in files.values() if name)]
        assert all(name.endswith(".engine") or (Path("app") / name).is_file() for name in names)
    assert Path("app/labels_secondary1.txt").read_bytes() == b"a;b\n"
    assert run(["stream", "lint", "app"]) == 0, capsys.readouterr().out
    assert run([*command, "--secondary", "nothing=car"]) == 2
    assert "no bundle folder" in capsys.readouterr().err
