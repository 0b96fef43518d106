"""Every kind of model opens by the same door; what is none of them is told in a line."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.evaluation.toys import CONTRACT, write_bundle, write_onnx
from train2edge import int8_kernels
from train2edge.errors import InputError, MissingError
from train2edge.evaluation.predictor import Engine, open_predictor
from train2edge.files import digest_file

BATCH = np.random.default_rng(0).random((5, 3, 96, 160), np.float32)


def test_onnx_file_brings_its_contract(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "model.onnx")
    opened = open_predictor(path, "onnxruntime")
    assert opened.contract == CONTRACT
    outputs = opened.predictor(BATCH)
    assert outputs[CONTRACT.output.coverage].shape == (5, 2, 6, 10)
    assert opened.as_record()["sha256"] == digest_file(path)


@pytest.mark.parametrize("batch", [1, 2, 8])
def test_fixed_batch_is_fed_in_parts(tmp_path: Path, batch: int) -> None:
    free = open_predictor(write_onnx(tmp_path / "free.onnx"), "onnxruntime")
    fixed = open_predictor(write_onnx(tmp_path / "fixed.onnx", batch=batch), "onnxruntime")
    expected, outputs = free.predictor(BATCH), fixed.predictor(BATCH)
    for name, tensor in expected.items():
        np.testing.assert_allclose(outputs[name], tensor, atol=1e-6)


@pytest.mark.parametrize(
    ("precision", "engine", "file", "runs"),
    [
        ("int8", "auto", "model.onnx", "exact"),
        ("int8", "exact", "model.onnx", "exact"),
        ("int8", "onnxruntime", "cpu.onnx", "onnxruntime"),
        ("fp32", "onnxruntime", "model.onnx", "onnxruntime"),
    ],
)
def test_int8_is_run_exactly_unless_speed_is_asked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    precision: str,
    engine: Engine,
    file: str,
    runs: str,
) -> None:
    monkeypatch.setattr(int8_kernels, "cpu_features", lambda: frozenset({"avx2"}))
    opened = open_predictor(write_bundle(tmp_path, precision), engine)
    assert (opened.file.name, opened.engine) == (file, runs)
    assert opened.contract == CONTRACT


def test_a_cpu_that_saturates_nothing_runs_the_devices_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int8_kernels, "cpu_features", lambda: frozenset({"avx512_vnni"}))
    opened = open_predictor(write_bundle(tmp_path, "int8"), "onnxruntime")
    assert (opened.file.name, opened.engine) == ("model.onnx", "onnxruntime")


def test_the_int8_file_of_a_bundle_is_run_exactly_by_its_own_name_too(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path, "int8")
    assert open_predictor(bundle / "model.onnx").engine == "exact"
    assert open_predictor(bundle / "cpu.onnx").engine != "exact"


def test_a_run_is_opened_by_the_trainer(tmp_path: Path) -> None:
    from train2edge.spec.model import Model
    from trainer.checkpoint import Checkpoint, build, initial_architecture, initial_contract

    model = Model.model_validate({"backbone": "resnet10", "input": {"width": 64, "height": 32}})
    architecture = initial_architecture(model, ("a", "b"))
    contract = initial_contract(model, ("a", "b"))
    Checkpoint.of(build(architecture), architecture, contract).save(tmp_path / "best.safetensors")
    opened = open_predictor(tmp_path)
    outputs = opened.predictor(np.zeros((2, 3, 32, 64), np.float32))
    coverage = outputs[contract.output.coverage]
    assert opened.engine == "torch"
    assert coverage.shape == (2, 2, 2, 4)
    assert 0 < coverage.min() <= coverage.max() < 1
    with pytest.raises(InputError, match="executed by torch, not by openvino"):
        open_predictor(tmp_path, "openvino")


def test_without_torch_a_run_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "best.safetensors").write_bytes(b"")
    for name in [one for one in sys.modules if one.partition(".")[0] == "trainer"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingError, match=r"torch is not installed") as told:
        open_predictor(tmp_path)
    assert "train2edge[train]" in str(told.value)


def test_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither a run, a checkpoint, a bundle, an ONNX"):
        open_predictor(tmp_path)
    text = tmp_path / "model.onnx"
    text.write_text("hello")
    with pytest.raises(InputError, match=r"model\.onnx: onnxruntime cannot read"):
        open_predictor(text, "onnxruntime")
    with pytest.raises(InputError, match="torch runs checkpoints"):
        open_predictor(text, "torch")
    with pytest.raises(InputError, match="no engine 'tensorrt'"):
        open_predictor(text, "tensorrt")  # type: ignore[arg-type]


def test_a_foreign_onnx_file_has_no_contract(shared: Path) -> None:
    with pytest.raises(InputError, match="carries no train2edge contract"):
        open_predictor(shared / "data/onnx/yolox_nano.onnx", "onnxruntime")
