"""What a network costs: parameters and multiply-accumulates, before and after a plan."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from trainer.pruning.groups import SCORED, Group, depthwise


@dataclass(frozen=True)
class LayerCost:
    """One convolution or linear layer; ``area`` of its kernel, ``positions`` it is put at."""

    name: str
    inputs: int
    outputs: int
    area: int
    positions: int
    depthwise: bool
    bias: bool

    def weights(self, inputs: int, outputs: int) -> int:
        return outputs * self.area * (1 if self.depthwise else inputs)

    def parameters(self, inputs: int, outputs: int) -> int:
        return self.weights(inputs, outputs) + (outputs if self.bias else 0)

    def macs(self, inputs: int, outputs: int) -> int:
        return self.weights(inputs, outputs) * self.positions


@dataclass(frozen=True)
class Cost:
    """Parameters, and multiply-accumulates of one picture in convolutions and linear layers."""

    parameters: int
    macs: int


@dataclass(frozen=True)
class CostModel:
    """A network's layers, and how the groups feed them; answers for any choice of widths."""

    layers: tuple[LayerCost, ...]
    groups: tuple[Group, ...]
    fixed: int
    norm_parameters: Mapping[str, int]

    def at(self, widths: Mapping[str, int]) -> Cost:
        """The cost when the group called ``name`` keeps ``widths[name]`` channels."""
        shape = {layer.name: (layer.inputs, layer.outputs) for layer in self.layers}
        parameters = self.fixed
        for group in self.groups:
            width = widths.get(group.name, group.width)
            _narrow(shape, group, group.width - width)
            parameters += sum(self.norm_parameters[norm] for norm in group.norms) * width
        parameters += sum(layer.parameters(*shape[layer.name]) for layer in self.layers)
        return Cost(parameters, sum(layer.macs(*shape[layer.name]) for layer in self.layers))

    @property
    def whole(self) -> Cost:
        return self.at({})

    def per_channel(self, group: Group) -> Cost:
        """What goes with one channel of ``group`` while everything else is whole."""
        whole, less = self.whole, self.at({group.name: group.width - 1})
        return Cost(whole.parameters - less.parameters, whole.macs - less.macs)


def measure(model: nn.Module, groups: Sequence[Group], example: Tensor) -> CostModel:
    """Run ``example`` through ``model`` once and note every layer's shape."""
    layers: list[LayerCost] = []
    with _watching(model, layers), torch.no_grad():
        model(example)
    modules = dict(model.named_modules())
    per_channel = {
        norm: 2 if modules[norm].affine else 0 for group in groups for norm in group.norms
    }
    total = sum(parameter.numel() for parameter in model.parameters())
    counted = sum(layer.parameters(layer.inputs, layer.outputs) for layer in layers)
    counted += sum(group.width * per_channel[norm] for group in groups for norm in group.norms)
    return CostModel(tuple(layers), tuple(groups), total - counted, per_channel)


@contextmanager
def _watching(model: nn.Module, layers: list[LayerCost]) -> Iterator[None]:
    hooks = [
        module.register_forward_hook(_note(name, layers))
        for name, module in model.named_modules()
        if isinstance(module, SCORED)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _note(name: str, layers: list[LayerCost]) -> Any:
    def hook(module: nn.Module, _inputs: object, output: Tensor) -> None:
        bias = module.bias is not None
        if isinstance(module, nn.Conv2d):
            area, positions = math.prod(module.kernel_size), math.prod(output.shape[2:])
            inputs = (
                module.in_channels if depthwise(module) else module.in_channels // module.groups
            )
            shape = (inputs, module.out_channels, area, positions, depthwise(module), bias)
        else:
            assert isinstance(module, nn.Linear)
            positions = math.prod(output.shape[1:-1])
            shape = (module.in_features, module.out_features, 1, positions, False, bias)
        layers.append(LayerCost(name, *shape))

    return hook


def _narrow(shape: dict[str, tuple[int, int]], group: Group, removed: int) -> None:
    """Take ``removed`` channels out of the group's layers and of those that read them."""
    for layer in group.layers:
        inputs, outputs = shape[layer]
        shape[layer] = (inputs, outputs - removed)
    for consumer in group.consumers:
        inputs, outputs = shape[consumer.layer]
        shape[consumer.layer] = (inputs - removed * consumer.repeat, outputs)
