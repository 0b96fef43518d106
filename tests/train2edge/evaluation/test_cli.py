"""``t2e evaluate``, ``t2e infer`` and ``t2e stream compare`` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.train2edge.evaluation.toys import squares, write_bundle, write_experiment, write_onnx
from train2edge.cli import run

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Pictures of squares, a bundle that finds them, and the experiment that labels them."""
    write_experiment(tmp_path, squares(tmp_path / "images"))
    write_bundle(tmp_path / "bundle")
    return tmp_path


def _t2e(*words: object) -> int:
    return run([str(word) for word in words])


def test_evaluate_and_compare(world: Path, capsys: Captured) -> None:
    bundle, spec, out = world / "bundle", world / "spec.yaml", world / "out"
    assert _t2e("evaluate", bundle, "--spec", spec, "--engine", "exact", "-o", out) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == str(out)
    assert lines[-2].split()[:3] == ["mean", "6", "1.000"]
    record = json.loads((out / "evaluation.json").read_text())
    assert (record["ap50"], record["ap_50_95"], record["split"]) == (1.0, 1.0, "test")
    assert record["model"]["engine"] == "exact"
    named = (f"ONNX={out}", f"KITTI files={out / 'kitti'}")
    assert _t2e("stream", "compare", *named, "--spec", spec, "-o", world / "both", "--json") == 0
    compared = json.loads(capsys.readouterr().out)
    assert compared["path"] == str(world / "both")
    assert {one["ap50"] for one in compared["sets"]} == {1.0}


def test_json_is_all_that_is_printed(world: Path, capsys: Captured) -> None:
    command = ("evaluate", world / "bundle/model.onnx", "--spec", world / "spec.yaml")
    assert _t2e(*command, "--split", "validation", "-o", world / "out", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["split"] == "validation"
    assert record["path"] == str(world / "out")


def test_dry_run_writes_nothing(world: Path, capsys: Captured) -> None:
    command = ("evaluate", world / "bundle", "--spec", world / "spec.yaml")
    assert _t2e(*command, "-o", world / "out", "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["pictures"] == 3
    assert not (world / "out").exists()


def test_infer(world: Path, capsys: Captured) -> None:
    assert _t2e("infer", world / "bundle", "-i", world / "images", "-o", world / "out") == 0
    out = capsys.readouterr().out.splitlines()
    assert out == ["3 frames: 3 car, 3 bus", str(world / "out")]


def test_user_mistakes_are_told_in_a_line(world: Path, capsys: Captured) -> None:
    bundle, spec, out = world / "bundle", world / "spec.yaml", world / "out"
    (world / "file").write_text("")
    (bundle.with_name("changed")).mkdir()
    write_bundle(world / "changed")
    write_onnx(world / "changed" / "model.onnx", batch=4)
    cases = [
        (("evaluate", bundle, "-o", out), "only a run knows its experiment"),
        (("evaluate", world / "no", "-o", out), "does not exist"),
        (("evaluate", bundle, "--spec", spec, "-o", world / "file"), "is a file, not a folder"),
        (("evaluate", world / "file", "--spec", spec, "-o", out), "neither a run"),
        (("evaluate", world / "changed", "--spec", spec, "-o", out), "changed since"),
        (("evaluate", bundle, "--spec", spec, "--engine", "torch", "-o", out), "torch runs check"),
        (
            ("evaluate", bundle, "--spec", spec, "--set", "dataset.classes=[bus,car]", "-o", out),
            "the model's classes are car, bus; the experiment's are bus, car",
        ),
        (
            ("evaluate", bundle, "--spec", spec, "--set", "dataset.test=[]")
            + ("--split", "test", "-o", out),
            "no test pictures",
        ),
        (("infer", bundle, "-i", spec, "-o", out), "neither a picture nor a video"),
        (("infer", bundle, "-i", world / "images", "--threshold", "2", "-o", out), "0<=x<=1"),
        (("stream", "compare", "x", "--spec", spec, "-o", out), "expected LABEL=PATH"),
    ]
    for words, message in cases:
        assert _t2e(*words) == 2, words
        told = capsys.readouterr()
        assert message in told.err, words
        assert "Traceback" not in told.err
        assert told.out == ""
    assert not (out / "evaluation.json").exists()
