"""SqueezeNet 1.0 (Iandola et al., 2016), torchvision's ``squeezenet1_0``, at stride 16.

It has no batch norms: from random weights it learns slowly. Its first convolution is padded here,
as in TLT and not in torchvision, so that a cell of the grid is 16 pixels wide everywhere.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from trainer.models.backbone import Backbone, Block, Widths, initialize

STEM = 96
FIRES = ((16, 64), (16, 64), (32, 128), None, (32, 128), (48, 192), (48, 192), (64, 256), None)
LAST = (64, 256)  # squeeze, each of the two expansions (paper, table 1); None is a pool


def build(widths: Widths) -> SqueezeNet:
    return SqueezeNet(widths)


class Fire(nn.Module):
    """1x1 to few channels, then 1x1 and 3x3 side by side."""

    def __init__(self, name: str, inputs: int, shape: tuple[int, int], widths: Widths) -> None:
        super().__init__()
        few = widths(f"{name}.squeeze", shape[0])
        narrow = widths(f"{name}.expand1x1", shape[1])
        wide = widths(f"{name}.expand3x3", shape[1])
        self.squeeze = nn.Conv2d(inputs, few, 1)
        self.expand1x1 = nn.Conv2d(few, narrow, 1)
        self.expand3x3 = nn.Conv2d(few, wide, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.out_channels = narrow + wide

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.squeeze(x))
        return torch.cat([self.relu(self.expand1x1(x)), self.relu(self.expand3x3(x))], 1)


class SqueezeNet(Backbone):
    """Blocks: 0 the stem, 1 to 8 the fire modules, as in TLT."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        channels = widths("features.0", STEM)
        stem = nn.Conv2d(3, channels, 7, 2, padding=3)
        self.features = nn.Sequential(stem, nn.ReLU(inplace=True), _pool())
        for shape in (*FIRES, LAST):
            if shape is None:
                self.features.append(_pool())
                continue
            fire = Fire(f"features.{len(self.features)}", channels, shape, widths)
            self.features.append(fire)
            channels = fire.out_channels
        self.out_channels = channels
        initialize(self, mode="fan_in")  # without batch norms the signal has to keep its size

    def freezable(self) -> tuple[Block, ...]:
        fires = (one for one in self.features if isinstance(one, Fire))
        return ((self.features[0],), *((one,) for one in fires))

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.features(x))


def _pool() -> nn.Module:
    return nn.MaxPool2d(3, 2, ceil_mode=True)
