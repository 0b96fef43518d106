"""Costs: counted by hand, and equal to a rebuilt network's."""

from __future__ import annotations

import pytest

from tests.trainer.pruning.nets import EXAMPLE, Classifier, Toy
from trainer.pruning import cost, groups
from trainer.pruning.cost import Cost


def test_a_network_counted_by_hand() -> None:
    net = Classifier()
    model = cost.measure(net, groups.find(net, EXAMPLE), EXAMPLE)
    # first: 8x3x3x3 = 216 weights at 8x8; bn: 16; second: 6x8x5x5 + 6 at 2x2; dense: 24x4 + 4
    assert model.whole == Cost(216 + 16 + 1206 + 100, 216 * 64 + 1200 * 4 + 96)
    # 5 of 8 channels: first 135, bn 10, second 6x5x25 + 6; dense as before
    assert model.at({"first": 5}) == Cost(135 + 10 + 756 + 100, 135 * 64 + 750 * 4 + 96)
    # 2 of 6 channels: second 2x8x25 + 2, dense 8x4 + 4
    assert model.at({"second": 2}) == Cost(216 + 16 + 402 + 36, 216 * 64 + 400 * 4 + 32)


def test_depthwise_and_concatenation_counted_by_hand() -> None:
    net = Toy()
    model = cost.measure(net, groups.find(net, EXAMPLE), EXAMPLE)
    weights = 12 * 27 + 24 * 12 + 24 * 9 + 12 * 24 + 10 * 12 + 14 * 12 + 10 * 24
    norms_and_biases = 2 * (12 + 24 + 24 + 12) + 12 + 10 + 14 + 10
    assert model.whole == Cost(weights + norms_and_biases, weights * 64)
    narrow = model.at({"a": 8, "d": 4})
    weights = 12 * 27 + 8 * 12 + 8 * 9 + 12 * 8 + 10 * 12 + 4 * 12 + 10 * 14
    assert narrow == Cost(weights + 2 * (12 + 8 + 8 + 12) + 12 + 10 + 4 + 10, weights * 64)


@pytest.mark.parametrize("net", [Toy(), Classifier()])
def test_the_parameters_are_torchs(net: Toy | Classifier) -> None:
    model = cost.measure(net, groups.find(net, EXAMPLE), EXAMPLE)
    assert model.whole.parameters == sum(one.numel() for one in net.parameters())
