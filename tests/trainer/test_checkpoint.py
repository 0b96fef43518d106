"""Checkpoints: what goes in comes out; what is not whole is refused in one line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from train2edge.errors import InputError
from train2edge.spec.model import Model
from trainer import checkpoint
from trainer.checkpoint import ARCHITECTURE_KEY, PROVENANCE_KEY, Architecture, Checkpoint

SPEC = Model.model_validate({"backbone": "resnet10", "input": {"width": 64, "height": 32}})
TABLE = {"backbone.layer4.0.conv1": 16, "backbone.layer3.0.conv1": 16}


@pytest.fixture(scope="module")
def small() -> Checkpoint:
    torch.manual_seed(0)
    architecture = replace(checkpoint.initial_architecture(SPEC, ("car", "bus")), channels=TABLE)
    model = checkpoint.build(architecture)
    contract = checkpoint.initial_contract(SPEC, ("car", "bus"))
    return Checkpoint.of(model, architecture, contract, {"epoch": 3})


@pytest.fixture
def file(small: Checkpoint, tmp_path: Path) -> Path:
    path = tmp_path / "best.safetensors"
    small.save(path)
    return path


def rewrite(file: Path, *, drop: str = "", metadata: dict[str, str] | None = None) -> None:
    with safe_open(file, "pt") as opened:
        tensors = {key: opened.get_tensor(key) for key in opened.keys() if key != drop}  # noqa: SIM118
        kept = opened.metadata()
    save_file(tensors, file, metadata={**kept, **(metadata or {})})


def test_what_is_saved_is_loaded(small: Checkpoint, file: Path) -> None:
    loaded = checkpoint.load(file)
    assert loaded.architecture == small.architecture
    assert loaded.contract == small.contract
    assert loaded.provenance == {"epoch": 3}
    picture = torch.rand(1, 3, 32, 64)
    with torch.no_grad():
        assert torch.equal(loaded.model()(picture)[0], small.model()(picture)[0])


def test_a_run_folder_is_read_by_its_best_checkpoint(file: Path) -> None:
    assert checkpoint.load(file.parent).architecture.backbone == "resnet10"


def test_the_contract_is_imagenets_mean_with_one_scale() -> None:
    contract = checkpoint.initial_contract(SPEC, ("car",))
    assert contract.input.color == "RGB"
    assert contract.input.scale == 1 / 255
    assert contract.input.offsets == pytest.approx((123.675, 116.28, 103.53))
    assert (contract.input.width, contract.input.height) == (64, 32)


def test_initial_architecture_takes_everything_from_the_spec() -> None:
    spec = SPEC.model_copy(update={"dropout": 0.25, "backbone": "mobilenet_v2"})
    architecture = checkpoint.initial_architecture(spec, ("car",))
    assert architecture == Architecture(
        "detectnet_v2", "mobilenet_v2", ("car",), 64, 32, {}, dropout=0.25
    )


@pytest.mark.parametrize("size", [0, 5, 200, 100_000])
def test_a_truncated_file_is_refused(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])
    refused(file, "not a whole safetensors file")


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_text("hello, I am a text file of some length\n" * 9)
    refused(tmp_path / "a.safetensors", "not a whole safetensors file")


def test_weights_alone_are_no_checkpoint(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors")
    refused(tmp_path / "a.safetensors", "not a train2edge checkpoint")


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such checkpoint"):
        checkpoint.load(tmp_path)


def test_missing_weights_are_named(file: Path) -> None:
    rewrite(file, drop="head.bbox.bias")
    refused(file, "lack head.bbox.bias")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"channels": {}}, r"backbone\.layer3\.0\.bn1\.bias is torch\.float32 \(16,\), expected"),
        ({"channels": {"backbone.layer1.0.conv2": 8}}, "added to 64"),
        ({"channels": {"head.bbox": 8}}, "head.bbox is not in the backbone"),
        ({"channels": {"backbone.conv1": "many"}}, "channels.backbone.conv1: Input should be"),
        ({"backbone": "vgg99"}, "no such backbone: 'vgg99'"),
        ({"name": "../x"}, "no such head"),
        ({"classes": []}, "at least one class"),
        ({"classes": ["car", "dog"]}, "for other classes"),
        ({"width": 48}, "for another input size"),
        ({"width": 33}, "not a multiple of 16"),
        ({"colour": 1}, "colour: Unexpected keyword"),
    ],
)
def test_a_wrong_architecture_is_refused(file: Path, change: object, message: str) -> None:
    data = json.loads(checkpoint.load(file).architecture.to_json())
    rewrite(file, metadata={ARCHITECTURE_KEY: json.dumps({**data, **change})})  # type: ignore[dict-item]
    refused(file, message)


BROKEN = ("", "{", "[]", "null")
OTHER = '{"schema": 99}'  # as provenance that would do: it may hold anything


@pytest.mark.parametrize(
    ("key", "text"),
    [
        *((ARCHITECTURE_KEY, text) for text in (*BROKEN, OTHER)),
        *(("train2edge.contract", text) for text in (*BROKEN, OTHER)),
        *((PROVENANCE_KEY, text) for text in BROKEN),
    ],
)
def test_broken_metadata_is_refused(file: Path, key: str, text: str) -> None:
    rewrite(file, metadata={key: text})
    refused(file, "not a|another version|other")


def test_weights_that_are_not_finite_are_refused(small: Checkpoint, tmp_path: Path) -> None:
    weights = {key: value.clone() for key, value in small.weights.items()}
    weights["head.bbox.bias"][0] = float("nan")
    replace(small, weights=weights).save(tmp_path / "a.safetensors")
    refused(tmp_path / "a.safetensors", "head.bbox.bias holds values that are not finite")


def test_a_failed_save_leaves_the_old_file(small: Checkpoint, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(TypeError):
        replace(small, provenance={"x": object()}).save(file)
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def refused(file: Path, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        checkpoint.load(file)
    assert str(file) in str(caught.value)
    assert "\n" not in caught.value.message
