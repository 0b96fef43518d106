"""GoogLeNet with batch norms (Szegedy et al., 2014), with torchvision's names, at stride 16."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from trainer.models.backbone import Backbone, Block, Widths, initialize
from trainer.models.unit import Unit

EPS = 0.001  # torchvision's, whose weights came from TensorFlow
# 1x1; 3x3's reduction, 3x3; 5x5's reduction, 5x5 (in torchvision 3x3); 1x1 behind the pool
INCEPTIONS = {
    "inception3a": (64, 96, 128, 16, 32, 32),
    "inception3b": (128, 128, 192, 32, 96, 64),
    "inception4a": (192, 96, 208, 16, 48, 64),
    "inception4b": (160, 112, 224, 24, 64, 64),
    "inception4c": (128, 128, 256, 24, 64, 64),
    "inception4d": (112, 144, 288, 32, 64, 64),
    "inception4e": (256, 160, 320, 32, 128, 128),
    "inception5a": (256, 160, 320, 32, 128, 128),
    "inception5b": (384, 192, 384, 48, 128, 128),
}
POOLED = ("inception3a", "inception4a")  # a pool before them; that before 5a is removed


def build(widths: Widths) -> GoogLeNet:
    return GoogLeNet(widths)


class Inception(nn.Module):
    """Four branches side by side (paper, figure 2b)."""

    def __init__(self, name: str, inputs: int, shape: tuple[int, ...], widths: Widths) -> None:
        super().__init__()
        layers = ("branch1", "branch2.0", "branch2.1", "branch3.0", "branch3.1", "branch4.1")
        one, two, second, three, third, fourth = (
            widths(f"{name}.{layer}.conv", width)
            for layer, width in zip(layers, shape, strict=True)
        )
        self.branch1 = _unit(inputs, one, 1)
        self.branch2 = nn.Sequential(_unit(inputs, two, 1), _unit(two, second, 3))
        self.branch3 = nn.Sequential(_unit(inputs, three, 1), _unit(three, third, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, padding=1), _unit(inputs, fourth, 1))
        self.out_channels = one + second + third + fourth

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class GoogLeNet(Backbone):
    """Blocks: 0 the stem (``conv1`` to ``conv3``), 1 to 9 the inceptions, as in TLT."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        one, two = widths("conv1.conv", 64), widths("conv2.conv", 64)
        channels = widths("conv3.conv", 192)
        self.conv1 = _unit(3, one, 7, 2)
        self.conv2 = _unit(one, two, 1)
        self.conv3 = _unit(two, channels, 3)
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        for name, shape in INCEPTIONS.items():
            inception = Inception(name, channels, shape, widths)
            self.add_module(name, inception)
            channels = inception.out_channels
        self.out_channels = channels
        initialize(self)

    def freezable(self) -> tuple[Block, ...]:
        inceptions = ((getattr(self, name),) for name in INCEPTIONS)
        return ((self.conv1, self.conv2, self.conv3), *inceptions)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv3(self.conv2(self.pool(self.conv1(x))))
        for name in INCEPTIONS:
            x = getattr(self, name)(self.pool(x) if name in POOLED else x)
        return x


def _unit(inputs: int, outputs: int, kernel: int, stride: int = 1) -> Unit:
    return Unit(inputs, outputs, kernel, nn.ReLU(inplace=True), stride=stride, eps=EPS)
