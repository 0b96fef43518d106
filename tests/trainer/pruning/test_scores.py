"""Scores: a channel that does nothing is last, whatever is asked; scale-free where it should be."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.trainer.pruning.nets import EXAMPLE, Toy
from trainer.pruning import groups, scores


def of(net: Toy, kind: str) -> dict[str, scores.Scores]:
    found = groups.find(net, EXAMPLE)
    return scores.score(net, found, kind, "max", "union")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", scores.KINDS)
def test_a_dead_channel_comes_last(kind: str) -> None:
    net = Toy()
    with torch.no_grad():
        for layer in (net.a, net.wise):
            layer.weight[5] = 0
        for norm in (net.a_bn, net.wise_bn):
            norm.weight[5], norm.bias[5] = 0, 0
        net.b.weight[:, 5] = 0
    values = of(net, kind)["a"]
    assert values.shape == (24,)
    assert values.argmin() == 5
    assert values[5] == pytest.approx(0, abs=1e-6)
    assert values.max() == pytest.approx(1)


def test_signal_is_what_the_readers_see() -> None:
    """Against a measured standard deviation behind the ReLU, of normal inputs."""
    net = Toy()
    scale, shift = net.wise_bn.weight, net.wise_bn.bias
    with torch.no_grad():
        seen = torch.relu(torch.randn(200_000, 1) * scale + shift).std(0)
        reading = net.b.weight.flatten(1)
        unit = reading / reading.norm(dim=1, keepdim=True)
        expected = (seen * unit.norm(dim=0)).numpy()
    assert of(net, "signal")["a"] == pytest.approx(expected / expected.max(), rel=0.03)


def test_signal_ignores_a_scale_that_batchnorm_takes_away() -> None:
    net, other = Toy(), Toy()
    with torch.no_grad():
        other.wise.weight[3] *= 100
    assert np.allclose(of(net, "signal")["a"], of(other, "signal")["a"])
    assert not np.allclose(of(net, "kernel")["a"], of(other, "kernel")["a"])


def test_group_counts_what_reads_the_channel() -> None:
    net, other = Toy(), Toy()
    with torch.no_grad():
        other.b.weight[:, 7] *= 50
    assert of(net, "group")["a"][7] < 1
    assert of(other, "group")["a"].argmax() == 7
    assert np.allclose(of(net, "kernel")["a"], of(other, "kernel")["a"])


def test_a_layer_of_zeros_scores_zero() -> None:
    zeros = np.zeros(4)
    assert scores.normalize(zeros, "max").tolist() == [0, 0, 0, 0]
    assert scores.normalize(zeros, "L2").tolist() == [0, 0, 0, 0]
    assert scores.merge([zeros, np.ones(4)], "geometric_mean").tolist() == [0, 0, 0, 0]
