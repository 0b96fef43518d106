"""A bundle proves that it is whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.train2edge.test_contract import CONTRACT
from train2edge.bundle import ModelBundle, Verified, is_bundle
from train2edge.errors import InputError, ProblemsError


@pytest.fixture
def bundle(tmp_path: Path) -> ModelBundle:
    (tmp_path / "model.onnx").write_bytes(b"onnx")
    (tmp_path / "labels.txt").write_text("car\nbus\n")
    made = ModelBundle(
        tmp_path,
        "cars",
        "int8",
        CONTRACT,
        {"model": "model.onnx", "labels": "labels.txt"},
        (Verified("ONNX against torch", "max difference 1e-6"),),
        {"run": "abc"},
    )
    made.write_manifest()
    return made


def change(bundle: ModelBundle, **values: Any) -> None:
    path = bundle.path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_it_opens_as_it_was_written(bundle: ModelBundle) -> None:
    assert is_bundle(bundle.path)
    again = ModelBundle.open(bundle.path)
    assert again == bundle
    assert again.labels == ("car", "bus")
    assert again.file("model") == bundle.path / "model.onnx"


def test_missing_and_changed_files_are_told_together(bundle: ModelBundle) -> None:
    (bundle.path / "model.onnx").write_bytes(b"other")
    (bundle.path / "labels.txt").unlink()
    with pytest.raises(ProblemsError) as caught:
        ModelBundle.open(bundle.path)
    messages = [str(one) for one in caught.value.problems]
    assert any("model.onnx: changed since" in one for one in messages)
    assert any("labels.txt: named in the manifest but missing" in one for one in messages)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"schema": 2}, "manifest schema 2"),
        ({"precision": "int4"}, "unknown precision 'int4'"),
        ({"files": {"model": "../../etc/passwd"}}, "is not inside the bundle"),
        ({"contract": {}}, "not a train2edge contract"),
        ({"verified": [{"wrong": 1}]}, "not a bundle manifest"),
        ({"files": None}, "not a bundle manifest"),
    ],
)
def test_wrong_manifests(bundle: ModelBundle, values: dict[str, Any], message: str) -> None:
    change(bundle, **values)
    with pytest.raises(InputError, match=message):
        ModelBundle.open(bundle.path)


def test_folders_that_are_none(tmp_path: Path, bundle: ModelBundle) -> None:
    with pytest.raises(InputError, match=r"no manifest\.json"):
        ModelBundle.open(tmp_path / "nowhere")
    (bundle.path / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        ModelBundle.open(bundle.path)


def test_a_role_that_is_not_there(bundle: ModelBundle) -> None:
    assert not bundle.has("calibration_cache")
    with pytest.raises(InputError, match="no calibration_cache file"):
        bundle.file("calibration_cache")
