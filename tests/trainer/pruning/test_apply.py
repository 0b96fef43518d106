"""A pruned network computes what the whole one computes with the dropped channels silenced."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.trainer.pruning.nets import EXAMPLE, Toy
from train2edge.spec.model import Model
from trainer import checkpoint
from trainer.checkpoint import Checkpoint
from trainer.models import registry
from trainer.pruning import apply, cost, groups, report, scores, search
from trainer.pruning.plan import Planner, PrunePlan
from trainer.pruning.rule import Rule


def fresh(backbone: str) -> Checkpoint:
    torch.manual_seed(0)
    spec = Model.model_validate({"backbone": backbone, "input": {"width": 96, "height": 64}})
    architecture = checkpoint.initial_architecture(spec, ("car", "bus"))
    model = checkpoint.build(architecture)
    for one in model.modules():
        if isinstance(one, nn.BatchNorm2d):
            nn.init.uniform_(one.weight, 0.5, 1.5)
            nn.init.normal_(one.bias, std=0.3)
    return Checkpoint.of(model, architecture, checkpoint.initial_contract(spec, ("car", "bus")))


def silence(model: nn.Module, found: tuple[groups.Group, ...], plan: PrunePlan) -> None:
    """Make every dropped channel zero where it is read."""
    modules = dict(model.named_modules())
    with torch.no_grad():
        for group, chosen in zip(found, plan.groups, strict=True):
            for name in group.norms or group.layers:
                module = modules[name]
                module.weight[list(chosen.removed)] = 0
                module.bias[list(chosen.removed)] = 0


def outputs(model: nn.Module, picture: Tensor) -> Tensor:
    with torch.no_grad():
        return torch.cat([one.flatten() for one in model(picture)])


@pytest.mark.parametrize("name", registry.names("backbones"))
def test_rebuilt_equals_the_whole_network_silenced(name: str) -> None:
    source = fresh(name)
    planner = apply.planner(source, Rule("group", max_prune=0.75))
    plan = search.for_speedup(planner, 2.0)
    pruned = apply.prune(source, plan)
    whole, small, picture = source.model(), pruned.model(), torch.rand(2, 3, 64, 96)
    silence(whole, planner.groups, plan)
    assert torch.allclose(outputs(whole, picture), outputs(small, picture), atol=1e-4, rtol=1e-3)
    assert not torch.allclose(
        outputs(source.model(), picture), outputs(small, picture), atol=1e-4, rtol=1e-3
    )
    assert sum(one.numel() for one in small.parameters()) == plan.after.parameters
    assert pruned.contract == source.contract


def test_a_toy_with_concatenation_is_cut_right() -> None:
    net = Toy()
    found = groups.find(net, EXAMPLE)
    rule = Rule("kernel", granularity=1, min_filters=2)
    scored = scores.score(net, found, "kernel", "max", "union")
    plan = Planner(found, scored, cost.measure(net, found, EXAMPLE), rule).at(0.9)
    small, picture = apply.cut(net, plan, EXAMPLE), torch.rand(1, 3, 16, 16)
    silence(net, found, plan)
    assert torch.allclose(outputs(net, picture), outputs(small, picture), atol=1e-5)
    assert small.get_parameter("head.0.weight").shape[1] == len(plan.kept("c") + plan.kept("d"))


def test_pruning_twice_goes_on_from_what_is_left(tmp_path: Path) -> None:
    once = fresh("mobilenet_v2")
    rule = Rule("group", max_prune=0.5)
    for turn in (1, 2):
        planner = apply.planner(once, rule)
        once = apply.prune(once, search.for_keep(planner, 0.8))
        once.save(tmp_path / "best.safetensors")
        once = checkpoint.load(tmp_path)
        assert len(once.provenance["pruned"]) == turn
    left = sum(one.numel() for one in once.model().parameters())
    assert left < 0.65 * sum(one.numel() for one in fresh("mobilenet_v2").model().parameters())


def test_nothing_to_prune_changes_nothing() -> None:
    source = fresh("resnet10")
    plan = apply.planner(source, Rule(exclude=("*",))).at(5.0)
    pruned = apply.prune(source, plan)
    assert pruned.architecture == source.architecture
    assert plan.keep == plan.speedup == 1
    assert all(pruned.weights[key].equal(value) for key, value in source.weights.items())


def test_the_report_times_both_at_the_same_size() -> None:
    sizes: list[tuple[int, ...]] = []

    class Slow(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            sizes.append(tuple(x.shape))
            for _ in range(60):
                x = torch.tanh(x)
            return x

    slow, fast = report.interleaved(Slow(), nn.Identity(), torch.zeros(1, 3, 256, 256), rounds=3)
    assert slow > 3 * fast > 0
    assert set(sizes) == {(1, 3, 256, 256)}
