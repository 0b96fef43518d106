"""A classifier from its run to a bundle, and what the bundle says of pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from exporter import compile_check
from tests.trainer import toys
from train2edge.bundle import ModelBundle
from train2edge.cli import run as t2e
from train2edge.evaluation.predictor import open_predictor
from train2edge.spec.loader import save
from trainer.train import train

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run, its INT8 bundle, and its FP16 one."""
    folder = tmp_path_factory.mktemp("classifier")
    spec = toys.classification(toys.pictures(folder / "data", 24), epochs=6, batch_size=8)
    start = toys.narrow(folder / "start.safetensors", spec)
    train(spec, folder / "run", start=start)
    few = ("--set", "export.calibration.pictures=4", "--no-check", "--allow-failed")
    for precision in ("int8", "fp16"):
        words = ("export", folder / "run", "--precision", precision, *few, "-o", folder / precision)
        assert t2e([str(word) for word in words]) == 0
    return folder


def test_the_bundle_is_what_nvinfers_classifier_reads(world: Path) -> None:
    bundle = ModelBundle.open(world / "int8")
    assert bundle.file("labels").read_bytes() == b"square;disc\n"
    assert bundle.contract.task == "classification"
    report = json.loads(bundle.file("report").read_text())
    assert {one["metric"] for one in report["accuracy"].values()} == {"top-1"}
    assert report["quantization"]["left"] == []
    cache = bundle.file("calibration_cache").read_text()
    assert "predictions/Softmax: " in cache


def test_every_file_gives_the_probabilities_of_torch(world: Path) -> None:
    batch = np.random.default_rng(0).uniform(-0.4, 0.5, (3, 3, 32, 32)).astype(np.float32)
    wanted = open_predictor(world / "run").predictor(batch)["predictions/Softmax"]
    assert wanted.shape == (3, 2, 1, 1)
    np.testing.assert_allclose(wanted.sum(axis=1), 1, atol=1e-5)
    exact = open_predictor(world / "int8/model_fp32.onnx").predictor(batch)
    np.testing.assert_allclose(exact["predictions/Softmax"], wanted, atol=1e-4)
    for name in ("int8", "fp16"):
        near = open_predictor(world / name).predictor(batch)["predictions/Softmax"]
        np.testing.assert_allclose(near, wanted, atol=0.15)


@pytest.mark.parametrize("name", ["int8/model", "int8/model_fp32", "fp16/model"])
def test_tensorrt_compiles_it(world: Path, name: str) -> None:
    pytest.importorskip("tensorrt_rtx")
    report = compile_check.check(world / f"{name}.onnx", batch=4)
    assert report.status == "compiled", report.figure()


def test_evaluate_tells_rates_and_confusion(world: Path, capsys: Captured) -> None:
    words = ("evaluate", world / "int8", "--spec", world / "run/spec.yaml", "-o", world / "scores")
    assert t2e([str(word) for word in words]) == 0
    out = capsys.readouterr().out
    assert "top-1" in out and "is, called" in out
    record = json.loads((world / "scores/evaluation.json").read_text())
    assert record["objects"] == 8 == np.sum(record["confusion"])
    page = (world / "scores/report.html").read_text()
    assert "Confusion" in page and "classifier-threshold" in page
    assert len((world / "scores/detections.jsonl").read_text().splitlines()) == 8


def test_infer_names_whole_pictures(world: Path, capsys: Captured) -> None:
    words = ("infer", world / "int8", "-i", world / "data/images", "--threshold", "0")
    assert t2e([*map(str, words), "-o", str(world / "named"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert sum(report["objects"].values()) == report["frames"] == 24


def test_a_classifier_is_pruned_like_any_other(world: Path, tmp_path: Path) -> None:
    words = ("prune", world / "run", "--keep", "0.7", "--granularity", "2", "--min-filters", "2")
    assert t2e([*map(str, words), "-o", str(tmp_path / "pruned")]) == 0
    probabilities = open_predictor(tmp_path / "pruned").predictor(
        np.zeros((1, 3, 32, 32), np.float32)
    )
    assert probabilities["predictions/Softmax"].shape == (1, 2, 1, 1)


def test_a_detectors_experiment_does_not_fit(world: Path, tmp_path: Path, capsys: Captured) -> None:
    save(toys.experiment(world / "data"), tmp_path / "spec.yaml")
    words = ("evaluate", world / "int8", "--spec", tmp_path / "spec.yaml", "-o", tmp_path / "out")
    assert t2e([str(word) for word in words]) == 2
    assert "the model's task is classification" in capsys.readouterr().err
    words = ("stream", "compare", f"a={tmp_path}", "--spec", world / "run/spec.yaml")
    assert t2e([*map(str, words), "-o", str(tmp_path / "out")]) == 2
    assert "boxes are compared" in capsys.readouterr().err
