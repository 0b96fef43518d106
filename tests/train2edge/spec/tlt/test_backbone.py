"""TLT's feature extractors by their old names, their weights, and the numbers of their blocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.train2edge.spec.tlt import old
from train2edge.spec.tlt import backbone
from train2edge.spec.tlt.run import Imported
from trainer.models import registry
from trainer.models.backbone import Widths


@pytest.mark.parametrize(
    ("arch", "layers", "here"),
    [
        ("resnet", 50, "resnet50"),
        ("vgg", 16, "vgg16"),
        ("vgg:19", None, "vgg19"),
        ("darknet", 53, "darknet53"),
        ("googlenet", None, "googlenet"),
        ("mobilenet_v1", 18, "mobilenet_v1"),
        ("efficientnet-b0", None, "efficientnet_b0"),
        ("efficientnet_b1", None, "efficientnet_b0"),
        ("resnet", 101, "resnet50"),
        ("cspdarknet", 53, "darknet53"),
        ("squeezenet", None, "squeezenet"),
        ("alexnet", None, "resnet18"),
    ],
)
def test_every_old_name_leads_to_a_backbone(arch: str, layers: int | None, here: str) -> None:
    assert backbone.nearest(backbone.name(arch, layers)) == here
    assert here in registry.names("backbones")


@pytest.mark.parametrize("name", registry.names("backbones"))
def test_the_last_blocks_are_those_of_the_networks(name: str) -> None:
    blocks = registry.module("backbones", name).build(Widths({})).freezable()
    chosen = backbone.Chosen(name, name)
    assert backbone._counted(chosen, list(range(30))) == [
        number for number, block in enumerate(blocks) if block
    ]


def imported(folder: Path, arch: str, layers: int) -> Imported:
    text = old.DETECTNET.replace('arch: "resnet"', f'arch: "{arch}"')
    return old.imported(folder, text.replace("num_layers: 18", f"num_layers: {layers}"))


def test_what_vgg_calls_no_block_is_left_out(tmp_path: Path) -> None:
    found = imported(tmp_path, "vgg", 16)
    assert "pretrained" not in old.values(found)["model"]  # no weights are known by name
    assert "model.freeze_blocks: [1]" in old.outcome(found, "model_config.freeze_blocks[1]").why


def test_without_known_weights_the_blocks_learn(tmp_path: Path) -> None:
    found = imported(tmp_path, "darknet", 19)
    assert not {"pretrained", "freeze_blocks"} & old.values(found)["model"].keys()
    told = old.outcome(found, "model_config.freeze_blocks[1]")
    assert (told.verdict, "model.freeze_blocks: [0, 1]" in told.why) == ("not possible here", True)
