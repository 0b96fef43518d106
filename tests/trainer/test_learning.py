"""Small parts of a step: regularizer, moving average, optimizer, predictor, process settings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.trainer import toys
from train2edge.errors import InputError
from train2edge.spec.training import Regularizer, Training
from trainer import checkpoint, optimizer, process
from trainer.ema import MovingAverage
from trainer.models.network import Network
from trainer.predict import open_predictor
from trainer.regularizer import kernels, penalty


@pytest.fixture
def model(tmp_path: Path) -> Network:
    return checkpoint.load(toys.narrow(tmp_path / "narrow.safetensors")).model()


def test_the_penalty_is_over_kernels_that_learn(model: Network) -> None:
    model.freeze((0,))
    weights = kernels(model)
    assert not any(weight is model.backbone.conv1.weight for weight in weights)  # type: ignore[attr-defined]
    total = sum(float(weight.detach().abs().sum()) for weight in weights)
    assert penalty(weights, Regularizer(type="L1", weight=0.5)).item() == pytest.approx(total / 2)
    square = sum(float(weight.detach().square().sum()) for weight in weights)
    assert penalty(weights, Regularizer(type="L2", weight=1)).item() == pytest.approx(square)


def test_the_average_follows_and_then_settles() -> None:
    model = nn.BatchNorm1d(1)
    average = MovingAverage(model, 0.9)
    with torch.no_grad():
        model.weight.fill_(3.0)
    average.update(model)
    assert float(average.model.weight.detach()) == pytest.approx(1 + 2 * 9 / 11)  # type: ignore[operator, union-attr]
    for _ in range(200):
        average.update(model)
    assert float(average.model.weight.detach()) == pytest.approx(3.0, abs=1e-3)  # type: ignore[operator, union-attr]


def test_heads_learn_faster_and_only_kernels_decay(model: Network) -> None:
    spec = Training(optimizer="adamw", weight_decay=0.1, head_lr=3.0)
    model.freeze((0, 1))
    built = optimizer.build(model, spec)
    optimizer.set_rate(built, 0.01)
    of = {id(one): group for group in built.param_groups for one in group["params"]}
    head, inner = of[id(model.head.coverage.weight)], of[id(model.backbone.layer4[0].bn1.weight)]  # type: ignore[union-attr, index, attr-defined]
    assert (head["lr"], head["weight_decay"]) == (pytest.approx(0.03), 0.1)
    assert (inner["lr"], inner["weight_decay"]) == (0.01, 0.0)
    assert id(model.backbone.conv1.weight) not in of  # type: ignore[attr-defined]


def test_adam_and_decay_do_not_go_together(model: Network) -> None:
    with pytest.raises(InputError, match="no use with optimizer adam"):
        optimizer.build(model, Training(optimizer="adam", weight_decay=0.1))


def test_a_predictor_gives_the_contracts_tensors(tmp_path: Path) -> None:
    predictor = open_predictor(toys.narrow(tmp_path / "narrow.safetensors"))
    batch = np.random.default_rng(0).random((3, 3, toys.SIZE, toys.SIZE), np.float32)
    outputs = predictor(batch)
    output = predictor.contract.output
    assert outputs[output.coverage].shape == (3, 2, 4, 4)
    assert outputs[output.bbox].shape == (3, 8, 4, 4)
    assert ((outputs[output.coverage] > 0) & (outputs[output.coverage] < 1)).all()
    np.testing.assert_allclose(
        predictor(batch[1:2])[output.bbox][0], outputs[output.bbox][1], atol=1e-5
    )


@pytest.mark.parametrize("content", [b"", b"not weights", b"\x08" + bytes(200)])
def test_a_predictor_refuses_what_is_no_checkpoint(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "best.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError) as told:
        open_predictor(path)
    assert str(path) in str(told.value)


def test_the_users_own_process_settings_stay() -> None:
    mine = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=2", "OMP_WAIT_POLICY": "ACTIVE"}
    tuned = process.tuned(mine)
    assert tuned["OMP_WAIT_POLICY"] == "ACTIVE"
    assert "hugetlb=2" in tuned["GLIBC_TUNABLES"]
    assert "hugetlb=1" not in tuned["GLIBC_TUNABLES"]
    assert "arena_max=1" in tuned["GLIBC_TUNABLES"]


def test_a_program_that_is_not_t2e_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.execve", lambda *_: pytest.fail("started again"))
    process.restart()
