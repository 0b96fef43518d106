"""The sum at the end of a residual block."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn


class Residual(nn.Module):
    """A module of its own, so that what reads the shortcut has a name and can be exchanged."""

    def forward(self, branch: Tensor, shortcut: Tensor) -> Tensor:
        """``branch`` ends in a convolution that nothing else reads."""
        return branch + shortcut


class Operand(nn.Identity):
    """What a sum reads, by a name of its own."""


class ActivatedResidual(nn.Module):
    """The sum of a block whose branch ends in an activation: no convolution to fuse it into, so
    both sides are read."""

    def __init__(self) -> None:
        super().__init__()
        self.branch = Operand()
        self.shortcut = Operand()

    def forward(self, branch: Tensor, shortcut: Tensor) -> Tensor:
        return cast(Tensor, self.branch(branch) + self.shortcut(shortcut))
