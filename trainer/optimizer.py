"""The optimizer that the spec asks for: the heads learn faster, only kernels decay."""

from __future__ import annotations

from typing import Any

from torch import nn, optim

from train2edge.errors import InputError
from train2edge.spec.training import Training
from trainer.models.network import Network

MOMENTUM = 0.9


def build(model: Network, spec: Training) -> optim.Optimizer:
    """Parameter groups carry ``scale``, their learning rate in terms of the schedule's."""
    if spec.optimizer == "adam" and spec.weight_decay:
        raise InputError(
            f"training.weight_decay {spec.weight_decay} has no use with optimizer adam",
            hint="training.optimizer: adamw, or training.regularizer: {type: L2}",
        )
    groups = [*_groups(model.backbone, 1.0, spec), *_groups(model.head, spec.head_lr, spec)]
    if not groups:
        raise InputError("every block is frozen: nothing is left to learn")
    rate = spec.schedule.minimum
    if spec.optimizer == "adam":
        return optim.Adam(groups, lr=rate)
    if spec.optimizer == "adamw":
        return optim.AdamW(groups, lr=rate)
    return optim.SGD(groups, lr=rate, momentum=MOMENTUM, nesterov=True)


def set_rate(optimizer: optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"]


def _groups(module: nn.Module, scale: float, spec: Training) -> list[dict[str, Any]]:
    learning = [one for one in module.parameters() if one.requires_grad]
    kernels = [one for one in learning if one.ndim > 1]
    others = [one for one in learning if one.ndim <= 1]
    decays = ((kernels, spec.weight_decay), (others, 0.0))
    return [
        {"params": group, "scale": scale, "weight_decay": decay} for group, decay in decays if group
    ]
