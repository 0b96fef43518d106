"""The layers that read a tensor in 8 bits: convolutions, residual sums, average pools.

They are the places of ``exporter/quantize/placement.py``; an export refuses a checkpoint whose
readers are others than its graph's. A layer is a reader when its class is one of these, which have
the parameters and names of the plain ones: weights of either load into the other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import cast

from torch import Tensor, nn

from trainer.models.network import Network, Normalize
from trainer.models.residual import Operand, Residual
from trainer.quantization import fake


class Reader(nn.Module):
    """Reads its input in 8 bits of ``-limit..limit``; without a limit in float."""

    limit: float | None = None

    def read(self, x: Tensor) -> Tensor:
        return x if self.limit is None else fake.activation(x, self.limit)


class ReadingConv(Reader, nn.Conv2d):
    """``factor`` ``[1, I, 1, 1]``, if there is one, belongs to the input and is in the kernel.

    The device's first convolution reads the picture itself: export folds ``Normalize`` into it.
    """

    factor: Tensor | None

    def forward(self, x: Tensor) -> Tensor:
        kernel = self.weight if self.factor is None else self.weight * self.factor
        if self.limit is not None:
            kernel = fake.weight(kernel)
        return cast(Tensor, self._conv_forward(self.read(x), kernel, self.bias))


class ReadingResidual(Reader, Residual):
    """The branch ends in a convolution that the sum is fused into; the shortcut is read."""

    def forward(self, branch: Tensor, shortcut: Tensor) -> Tensor:
        return super().forward(branch, self.read(shortcut))


class ReadingOperand(Reader, Operand):
    """One side of a sum that no convolution is fused into."""

    def forward(self, x: Tensor) -> Tensor:
        return self.read(x)


class ReadingPool(Reader, nn.AdaptiveAvgPool2d):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.read(x))


class Unscaled(Normalize):
    """Passes the picture on as it is: the first convolution has the factor."""

    def forward(self, x: Tensor) -> Tensor:
        return x


_READING: dict[type[nn.Module], type[Reader]] = {
    nn.Conv2d: ReadingConv,
    Residual: ReadingResidual,
    Operand: ReadingOperand,
    nn.AdaptiveAvgPool2d: ReadingPool,
}


def install(model: Network) -> None:
    """Make every layer that reads 8 bits on the device a reader, without a limit yet, in place.

    The class is exchanged and the layer stays: its parameters, their names and whoever holds
    it (an optimizer, a block's tuple) remain.
    """
    for layer in list(model.modules()):
        if type(layer) in _READING:
            layer.__class__ = _READING[type(layer)]
    convolutions = [one for one in model.modules() if isinstance(one, ReadingConv)]
    for conv in convolutions:
        conv.register_buffer("factor", None, persistent=False)
    convolutions[0].factor = model.normalize.inverse_std.clone()
    model.normalize.__class__ = Unscaled


def readers(model: nn.Module) -> Iterator[tuple[str, Reader]]:
    """The readers of ``model`` by the path of their module."""
    for name, layer in model.named_modules():
        if isinstance(layer, Reader):
            yield name, layer


def limits(model: nn.Module) -> dict[str, float]:
    """The limit of every reader that has one; empty for a network that computes in float."""
    return {name: one.limit for name, one in readers(model) if one.limit is not None}


@contextlib.contextmanager
def reading(model: nn.Module) -> Iterator[dict[str, Tensor]]:
    """While it lasts, what every reader reads, before it is rounded, by the reader's name."""
    seen: dict[str, Tensor] = {}

    def see(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def note(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            seen[name] = inputs[-1]  # of a residual sum the shortcut

        return note

    hooks = [one.register_forward_pre_hook(see(name)) for name, one in readers(model)]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
