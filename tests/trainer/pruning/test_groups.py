"""Groups: who shares channels with whom, on toys and on the real backbones."""

from __future__ import annotations

import pytest
import torch

from tests.trainer.pruning.nets import EXAMPLE, Classifier, Toy
from train2edge.errors import InputError
from trainer.checkpoint import Architecture, build
from trainer.models import registry
from trainer.pruning import groups
from trainer.pruning.groups import Consumer, Group


def by_name(found: tuple[Group, ...]) -> dict[str, Group]:
    return {group.name: group for group in found}


def test_toy_groups_are_what_a_person_sees() -> None:
    found = by_name(groups.find(Toy(), EXAMPLE))
    assert set(found) == {"stem", "a", "c", "d"}
    assert found["stem"].layers == ("stem", "b")
    assert found["stem"].norms == ("stem_bn", "b_bn")
    assert found["stem"].consumers == tuple(Consumer(name, 0, 1) for name in "acd")
    assert found["a"] == Group(
        ("a", "wise"), ("a_bn", "wise_bn"), (Consumer("b", 0, 1),), 24, rectified=True
    )


def test_concatenation_shifts_what_the_heads_read() -> None:
    found = by_name(groups.find(Toy(), EXAMPLE))
    assert found["c"].consumers == (Consumer("head.0", 0, 1), Consumer("head.1", 0, 1))
    assert found["d"].consumers == (Consumer("head.0", 10, 1), Consumer("head.1", 10, 1))


def test_flatten_repeats_a_channel() -> None:
    found = by_name(groups.find(Classifier(), EXAMPLE))
    assert found["second"].consumers == (Consumer("head.dense", 0, 4),)


def test_frozen_weights_are_traced_and_stay_frozen() -> None:
    net = Toy().requires_grad_(False)
    assert len(groups.find(net, EXAMPLE)) == 4
    assert not any(one.requires_grad for one in net.parameters())


@pytest.mark.parametrize("name", registry.names("backbones"))
def test_backbones_groups_cover_every_convolution_but_the_heads(name: str) -> None:
    net = build(Architecture("detectnet_v2", name, ("a",), 64, 64)).eval()
    found = groups.find(net, torch.zeros(1, 3, 64, 64))
    covered = [layer for group in found for layer in group.layers]
    convolutions = [
        path
        for path, one in net.backbone.named_modules(prefix="backbone")
        if isinstance(one, torch.nn.Conv2d)
    ]
    assert sorted(covered) == sorted(convolutions)
    norms = [norm for group in found for norm in group.norms]
    batch_norms = [
        path for path, one in net.named_modules() if isinstance(one, torch.nn.BatchNorm2d)
    ]
    assert sorted(norms) == sorted(batch_norms)


def test_inverted_residuals_share_their_trunk_and_pair_their_depthwise() -> None:
    net = build(Architecture("detectnet_v2", "mobilenet_v2", ("a",), 64, 64)).eval()
    found = by_name(groups.find(net, torch.zeros(1, 3, 64, 64)))
    trunk = found["backbone.features.4.conv.2"]
    assert trunk.layers == tuple(f"backbone.features.{block}.conv.2" for block in (4, 5, 6))
    assert not trunk.rectified
    hidden = found["backbone.features.5.conv.0.0"]
    assert hidden.layers == ("backbone.features.5.conv.0.0", "backbone.features.5.conv.1.0")
    assert hidden.rectified


def test_factors_of_channels_go_with_the_channels() -> None:
    net = build(Architecture("detectnet_v2", "efficientnet_b0", ("a",), 64, 64)).eval()
    found = by_name(groups.find(net, torch.zeros(1, 3, 64, 64)))
    block = "backbone.features.3.1.block"
    hidden = found[f"{block}.0.0"]
    assert hidden.layers == tuple(f"{block}.{one}" for one in ("0.0", "1.0", "2.fc2"))
    assert hidden.norms == (f"{block}.0.1", f"{block}.1.1")
    assert [one.layer for one in hidden.consumers] == [f"{block}.2.fc1", f"{block}.3.0"]
    assert not hidden.rectified


def test_what_is_concatenated_is_pruned_branch_by_branch() -> None:
    net = build(Architecture("detectnet_v2", "googlenet", ("a",), 64, 64)).eval()
    found = by_name(groups.find(net, torch.zeros(1, 3, 64, 64)))
    third = found["backbone.inception3a.branch3.1.conv"]
    assert (third.width, len(third.layers)) == (32, 1)
    assert third.consumers[0] == Consumer("backbone.inception3b.branch1.conv", 64 + 128, 1)


def test_excluding_a_member_keeps_its_whole_group() -> None:
    found = groups.find(Toy(), EXAMPLE)
    assert groups.excluded(found, ("b",)) == {"stem"}
    assert groups.excluded(found, ("[cd]", "wise")) == {"a", "c", "d"}
    assert groups.matches("backbone.layer1.0.conv1", "layer1.*")
    with pytest.raises(InputError, match="'nothing'"):
        groups.excluded(found, ("nothing",))
