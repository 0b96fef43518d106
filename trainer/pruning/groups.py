"""Which layers must lose the same channels: found by torch-pruning, kept as plain names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import torch
import torch_pruning as tp  # type: ignore[import-untyped]
from torch import Tensor, nn

from train2edge.errors import InputError

SCORED = (nn.Conv2d, nn.Linear)
NORMS = (nn.BatchNorm2d, nn.BatchNorm1d)
# autograd's names of ReLU and ReLU6; LeakyRelu, whose slope is 0.1 at most here, counts as one
RECTIFIERS = ("Relu", "Hardtanh")
HEAD = "head."  # a detector's outputs are never pruned


@dataclass(frozen=True)
class Consumer:
    """A layer that reads the group's channels, ``repeat`` inputs of it for each channel.

    Channel 0 arrives at input ``first`` (after a concatenation it is not 0).
    """

    layer: str
    first: int
    repeat: int


@dataclass(frozen=True)
class Group:
    """Layers whose ``width`` output channels share one index set, in the model's order.

    They are joined by additions, or by a depthwise convolution and what is before it;
    ``norms`` follow them, ``consumers`` read them, ``rectified`` if a ReLU stands between.
    """

    layers: tuple[str, ...]
    norms: tuple[str, ...]
    consumers: tuple[Consumer, ...]
    width: int
    rectified: bool = False

    @property
    def name(self) -> str:
        return self.layers[0]


def find(model: nn.Module, example: Tensor) -> tuple[Group, ...]:
    """Every group of ``model`` that may be pruned, in the model's order; heads are left out.

    ``example`` is one NCHW input; only the shapes matter. The graph is traced on the CPU.
    """
    names = {module: name for name, module in model.named_modules()}
    order = {name: index for index, name in enumerate(names.values())}
    graph = trace(model, example)
    never = [module for module, name in names.items() if name.startswith(HEAD)]
    found = graph.get_all_groups(ignored_layers=never, root_module_types=SCORED)
    groups = [_named(graph, group, names, order) for group in found]
    kept = [group for group in groups if group is not None]
    return tuple(sorted(kept, key=lambda group: order[group.name]))


def trace(model: nn.Module, example: Tensor) -> Any:
    """torch-pruning's dependency graph; gradients must flow everywhere while it looks."""
    frozen = [one for one in model.parameters() if not one.requires_grad]
    try:
        for one in frozen:
            one.requires_grad_(True)
        with torch.enable_grad():
            return tp.DependencyGraph().build_dependency(model, example_inputs=example)
    finally:
        for one in frozen:
            one.requires_grad_(False)


def excluded(groups: Sequence[Group], patterns: Sequence[str]) -> frozenset[str]:
    """Names of the groups that stay whole because a member matches a name or a glob.

    A pattern may leave out ``backbone.``; one that matches no layer is an ``InputError``.
    """
    whole: set[str] = set()
    for pattern in patterns:
        hit = {group.name for group in groups if any(matches(one, pattern) for one in group.layers)}
        if not hit:
            raise InputError(
                f"no prunable layer is called {pattern!r}",
                where="exclude",
                hint="t2e prune --dry-run lists the layers",
            )
        whole |= hit
    return frozenset(whole)


def matches(layer: str, pattern: str) -> bool:
    """Whether a name or a glob means this layer; with or without ``backbone.`` in front."""
    return any(fnmatchcase(name, pattern) for name in (layer, layer.removeprefix("backbone.")))


def depthwise(module: nn.Module) -> bool:
    return isinstance(module, nn.Conv2d) and 1 < module.groups == module.in_channels


def _named(
    graph: Any, group: Any, names: dict[nn.Module, str], order: dict[str, int]
) -> Group | None:
    """The group by names; None where a grouped convolution allows no free choice of channels."""
    layers, norms, consumers = set[str](), set[str](), set[Consumer]()
    width, rectified = len(group[0].idxs), False
    for dependency, indices in group:
        module = dependency.target.module
        if module not in names:
            rectified |= any(kind in dependency.target.name for kind in RECTIFIERS)
            continue
        if isinstance(module, nn.Conv2d) and module.groups > 1 and not depthwise(module):
            return None
        if isinstance(module, NORMS):
            norms.add(names[module])
        elif not isinstance(module, SCORED):
            return None
        elif graph.is_out_channel_pruning_fn(dependency.handler):
            layers.add(names[module])
        else:
            consumers.add(Consumer(names[module], min(indices), len(indices) // width))
    return Group(
        tuple(sorted(layers, key=order.__getitem__)),
        tuple(sorted(norms, key=order.__getitem__)),
        tuple(sorted(consumers, key=lambda one: order[one.layer])),
        width,
        rectified,
    )
