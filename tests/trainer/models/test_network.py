"""The whole network: normalisation, outputs, freezing."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from train2edge.errors import InputError
from trainer.checkpoint import Architecture, build
from trainer.models.network import IMAGENET_STD, Network


def detector(**changes: object) -> Network:
    values = {"name": "detectnet_v2", "backbone": "resnet10", "width": 64, "height": 32}
    return build(Architecture(**{**values, "classes": ("a", "b"), **changes}))  # type: ignore[arg-type]


def test_outputs_are_a_grid_of_stride_16_and_start_low() -> None:
    net = detector().eval()
    with torch.no_grad():
        coverage, bbox = net(torch.randn(3, 3, 32, 64))
    assert coverage.shape == (3, 2, 2, 4)
    assert bbox.shape == (3, 8, 2, 4)
    assert torch.sigmoid(coverage).max() < 0.1
    assert 0 < bbox.median() < 3


def test_normalize_divides_by_imagenets_deviation() -> None:
    ones = detector().normalize(torch.ones(1, 3, 1, 1)).flatten()
    assert ones.tolist() == pytest.approx([1 / std for std in IMAGENET_STD])


def test_frozen_blocks_neither_learn_nor_move_their_statistics() -> None:
    net = detector()
    net.freeze((0, 1))
    net.train()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    sum(output.sum() for output in net(torch.randn(2, 3, 32, 64))).backward()
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter.sub_(0.1 * parameter.grad)
    changed = {key for key, value in net.state_dict().items() if not value.equal(before[key])}
    assert "backbone.layer2.0.conv1.weight" in changed
    assert "backbone.layer2.0.bn1.running_mean" in changed
    assert not [key for key in changed if key.startswith(("backbone.conv1", "backbone.bn1"))]
    assert not [key for key in changed if key.startswith("backbone.layer1")]


def test_freeze_bn_keeps_all_statistics() -> None:
    net = detector()
    net.freeze((), batch_norm=True)
    net.train()
    assert not any(one.training for one in net.modules() if isinstance(one, nn.BatchNorm2d))
    assert net.backbone.training


def test_a_block_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="5 is not a block"):
        detector().freeze((5,))


def test_vggs_blocks_begin_at_1_as_in_tlt() -> None:
    with pytest.raises(InputError, match="0 is not a block") as caught:
        detector(backbone="vgg16").freeze((0, 1))
    assert caught.value.hint == "blocks are 1 to 5"


def test_dropout_stands_before_the_heads_only_when_asked_for() -> None:
    assert isinstance(detector(dropout=0.5).head.dropout, nn.Dropout2d)
    assert not any(isinstance(one, nn.Dropout2d) for one in detector().modules())
