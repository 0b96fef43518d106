"""What every backbone is: features at stride 16, numbered blocks, widths from a channel table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import nn

from train2edge.errors import InputError

MAX_WIDTH = 65536

Block = tuple[nn.Module, ...]


class Widths:
    """A channel table: convolution's name -> output channels, where they differ from the usual.

    ``widths(name, default)`` is asked once by each convolution while a backbone is built;
    ``check`` then tells of names in the table that no convolution asked for.
    """

    def __init__(self, table: Mapping[str, int]) -> None:
        self._table = table
        self._asked: set[str] = set()

    def __call__(self, name: str, default: int) -> int:
        self._asked.add(name)
        width = self._table.get(name, default)
        if not isinstance(width, int) or not 1 <= width <= MAX_WIDTH:
            raise InputError(f"channel table: {name} of {width!r} channels is impossible")
        return width

    def check(self) -> None:
        unknown = sorted(set(self._table) - self._asked)
        if unknown:
            raise InputError(f"channel table: no such convolution: {', '.join(unknown[:3])}")


def same_width(name: str, branch: int, trunk: int) -> None:
    """Refuse a channel table whose branches could not be added."""
    if branch != trunk:
        raise InputError(f"channel table: {name} of {branch} channels is added to {trunk}")


class Backbone(nn.Module):
    """NCHW float32 -> ``[N, out_channels, ceil(H/16), ceil(W/16)]``."""

    out_channels: int

    def freezable(self) -> tuple[Block, ...]:
        """The blocks by number, as ``freeze_blocks`` counts them; 0 is the stem.

        An empty one is a number that is not given away.
        """
        raise NotImplementedError


def initialize(module: nn.Module, mode: Literal["fan_in", "fan_out"] = "fan_out") -> None:
    """Kaiming-normal kernels, no biases, unit BatchNorm, as torchvision starts its networks."""
    for child in module.modules():
        if isinstance(child, nn.Conv2d):
            nn.init.kaiming_normal_(child.weight, mode=mode, nonlinearity="relu")
            if child.bias is not None:
                nn.init.zeros_(child.bias)
