"""From a plan to a smaller checkpoint: same format, a channel table, fewer weights."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from torch import Tensor, nn

from train2edge.errors import InputError
from trainer.checkpoint import Architecture, Checkpoint, build
from trainer.pruning import cost, groups, scores
from trainer.pruning.groups import trace
from trainer.pruning.plan import Planner, PrunePlan
from trainer.pruning.rule import Rule

TRACE_SIZE = 64  # pixels; the graph does not depend on it


def planner(checkpoint: Checkpoint, rule: Rule) -> Planner:
    """Find groups, score their channels and count costs at the checkpoint's own input size.

    ``InputError`` for a quantisation-aware network.
    """
    if checkpoint.limits:
        raise InputError(
            "this network was trained to compute in 8 bits, in ranges of all its channels",
            hint="prune the RUN that it comes from; then t2e train --quantize",
        )
    model, architecture = checkpoint.model(), checkpoint.architecture
    found = groups.find(model, _example())
    scored = scores.score(model, found, rule.score, rule.normalizer, rule.equalization)
    with torch.device("meta"):
        ghost = build(architecture).eval()
        picture = torch.zeros(1, 3, architecture.height, architecture.width)
    return Planner(found, scored, cost.measure(ghost, found, picture), rule)


def prune(checkpoint: Checkpoint, plan: PrunePlan) -> Checkpoint:
    """The checkpoint without the channels that ``plan`` drops; provenance says so."""
    pruned = cut(checkpoint.model(), plan, _example())
    architecture = _narrowed(checkpoint.architecture, pruned, plan)
    history = {"threshold": plan.threshold, "keep": plan.keep, "speedup": plan.speedup}
    earlier = checkpoint.provenance.get("pruned", [])
    provenance = {**checkpoint.provenance, "pruned": [*earlier, history]}
    return Checkpoint.of(pruned, architecture, checkpoint.contract, provenance)


def cut(model: nn.Module, plan: PrunePlan, example: Tensor) -> nn.Module:
    """A copy of ``model`` without the dropped channels, whatever reads them included."""
    model = copy.deepcopy(model)
    modules, graph = dict(model.named_modules()), trace(model, example)
    for group in plan.groups:
        if group.removed:
            root = modules[group.layers[0]]
            pruner = graph.get_pruner_of_module(root)
            graph.get_pruning_group(root, pruner.prune_out_channels, list(group.removed)).prune()
    return model


def _narrowed(architecture: Architecture, pruned: nn.Module, plan: PrunePlan) -> Architecture:
    """The architecture with the widths that are left; a depthwise layer follows the one before."""
    modules = dict(pruned.named_modules())
    table = dict(architecture.channels)
    for group in plan.groups:
        for layer in group.layers if group.removed else ():
            if not groups.depthwise(modules[layer]):
                table[layer] = len(group.kept)
    return replace(architecture, channels=table)


def _example() -> Tensor:
    return torch.zeros(1, 3, TRACE_SIZE, TRACE_SIZE)
