"""How much a channel matters: one number for each channel of each group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainer.pruning.groups import Group, depthwise

Score = Literal["kernel", "group", "bn", "signal"]
Normalizer = Literal["max", "L2"]
Equalization = Literal["union", "intersection", "arithmetic_mean", "geometric_mean"]
Scores = NDArray[np.float64]

KINDS: tuple[str, ...] = get_args(Score)


def score(
    model: nn.Module,
    groups: Sequence[Group],
    kind: Score,
    normalizer: Normalizer,
    equalization: Equalization,
) -> dict[str, Scores]:
    """Group's name -> a score per channel, normalised inside each layer.

    ``kernel``: TLT's, the L2 norm of each layer's kernel (biases ignored).
    ``bn``: the size of BatchNorm's factor (Liu et al., 2017, network slimming).
    ``group``: L2 norm of all weights that go with the channel (Fang et al., 2023, DepGraph).
    ``signal``: how much the channel moves what reads it: the standard deviation that BatchNorm
    gives it, after the activation, times the norm of the weights that read it.
    The last three are one number a group, so ``equalization`` matters to ``kernel`` and ``bn``.
    """
    modules = dict(model.named_modules())
    with torch.no_grad():
        return {
            group.name: merge(
                [normalize(one, normalizer) for one in _statistics(modules, group, kind)],
                equalization,
            )
            for group in groups
        }


def normalize(statistic: Scores, normalizer: Normalizer) -> Scores:
    """Divide by the layer's largest, or by its L2 norm over the number of channels (TLT)."""
    if normalizer == "max":
        divisor = float(statistic.max())
    else:
        divisor = float(np.linalg.norm(statistic)) / len(statistic)
    return statistic / divisor if divisor > 0 else np.zeros_like(statistic)


def merge(layers: Sequence[Scores], equalization: Equalization) -> Scores:
    """One score from those of all layers that share their channels."""
    stacked = np.stack(layers)
    if equalization == "union":
        return np.asarray(stacked.max(axis=0))
    if equalization == "intersection":
        return np.asarray(stacked.min(axis=0))
    if equalization == "arithmetic_mean":
        return np.asarray(stacked.mean(axis=0))
    with np.errstate(divide="ignore"):  # exp(log 0) is 0, as it should be
        return np.asarray(np.exp(np.log(stacked).mean(axis=0)))


def _statistics(modules: dict[str, nn.Module], group: Group, kind: Score) -> list[Scores]:
    kernels = [_out_norms(modules[layer]) for layer in group.layers]
    if kind == "kernel" or not group.norms:
        return [_numpy(kernel) for kernel in kernels]
    if kind == "bn":
        return [_numpy(_weight(modules[norm]).abs()) for norm in group.norms]
    reading = _reading_norms(modules, group)
    if kind == "group":
        squares = [kernel**2 for kernel in kernels] + [reading]
        return [_numpy(torch.stack(squares).sum(0).sqrt())]
    return [_numpy((_signal(modules, group) * reading).sqrt())]


def _numpy(values: Tensor) -> Scores:
    return values.double().cpu().numpy()


def _out_norms(module: nn.Module) -> Tensor:
    norms: Tensor = torch.linalg.vector_norm(_weight(module).flatten(1), dim=1)
    return norms


def _weight(module: nn.Module) -> Tensor:
    weight = module.weight
    assert isinstance(weight, Tensor)
    return weight


def _bias(module: nn.Module) -> Tensor:
    bias = module.bias
    assert isinstance(bias, Tensor)
    return bias


def _reading_norms(modules: dict[str, nn.Module], group: Group) -> Tensor:
    """Sum of squares of the weights that read each channel, over all consumers.

    Each reader's rows are taken as its BatchNorm will leave them, at norm one, because a factor
    on a whole row changes nothing.
    """
    total: Tensor | None = None
    for consumer in group.consumers:
        weight = _weight(modules[consumer.layer])
        rows = torch.linalg.vector_norm(weight.flatten(1), dim=1).clamp_min(1e-12)
        unit = weight.flatten(2) if weight.dim() > 2 else weight.unsqueeze(-1)
        squares = (unit / rows[:, None, None]).square().sum(dim=(0, 2)) / len(rows)
        last = consumer.first + group.width * consumer.repeat
        one = squares[consumer.first : last].reshape(group.width, consumer.repeat).sum(1)
        total = one if total is None else total + one
    return torch.ones(group.width) if total is None else total


def _signal(modules: dict[str, nn.Module], group: Group) -> Tensor:
    """Variance of each channel as its readers see it, from what BatchNorm makes of it.

    After a depthwise convolution only its own BatchNorm counts; branches that are added add up.
    """
    wise = any(depthwise(modules[layer]) for layer in group.layers)
    norms = [modules[norm] for norm in (group.norms[-1:] if wise else group.norms)]
    variance = torch.stack([_weight(norm) ** 2 for norm in norms]).sum(0)
    if not group.rectified:
        return variance
    shift = torch.stack([_bias(norm) for norm in norms]).sum(0)
    return _rectified(variance.sqrt(), shift)


def _rectified(scale: Tensor, shift: Tensor) -> Tensor:
    """Variance of ReLU of a normal variable of this standard deviation and mean."""
    scale = scale.clamp_min(1e-12)
    ratio = shift / scale
    density = torch.exp(-(ratio**2) / 2) / math.sqrt(2 * math.pi)
    mass = torch.special.ndtr(ratio)
    mean = shift * mass + scale * density
    square: Tensor = (shift**2 + scale**2) * mass + shift * scale * density
    variance: Tensor = (square - mean**2).clamp_min(0)
    return variance
