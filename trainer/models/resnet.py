"""Residual networks of basic blocks, with torchvision's module names, at stride 16."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from trainer.models.backbone import Backbone, Block, Widths, initialize, same_width
from trainer.models.residual import Residual

STAGES = ((64, 1), (128, 2), (256, 2), (512, 1))  # width, stride; the last stride is removed


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al., 2015)."""

    def __init__(self, name: str, inputs: int, width: int, stride: int, widths: Widths) -> None:
        super().__init__()
        middle, outputs = widths(f"{name}.conv1", width), widths(f"{name}.conv2", width)
        self.conv1 = nn.Conv2d(inputs, middle, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(middle)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(middle, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.sum = Residual()
        self.out_channels = outputs
        self.downsample: nn.Module | None = None

    def project(self, name: str, inputs: int, width: int, stride: int, widths: Widths) -> None:
        """Give the shortcut a 1x1 convolution."""
        outputs = widths(f"{name}.downsample.0", width)
        conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
        self.downsample = nn.Sequential(conv, nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        return cast(Tensor, self.relu(self.sum(self.bn2(self.conv2(y)), shortcut)))


class ResNet(Backbone):
    """ResNet with ``depths`` blocks a stage; blocks: 0 the stem, 1 to 4 the stages."""

    def __init__(self, depths: tuple[int, int, int, int], widths: Widths) -> None:
        super().__init__()
        stem = widths("conv1", 64)
        self.conv1 = nn.Conv2d(3, stem, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        inputs, usual = stem, 64
        for number, ((width, stride), depth) in enumerate(zip(STAGES, depths, strict=True), 1):
            stage = _stage(f"layer{number}", depth, (inputs, usual), width, stride, widths)
            self.add_module(f"layer{number}", stage)
            inputs, usual = cast(BasicBlock, stage[-1]).out_channels, width
        self.out_channels = inputs
        initialize(self)

    def freezable(self) -> tuple[Block, ...]:
        stages = (getattr(self, f"layer{number}") for number in range(1, 5))
        return ((self.conv1, self.bn1), *((stage,) for stage in stages))

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for number in range(1, 5):
            x = getattr(self, f"layer{number}")(x)
        return x


def _stage(
    name: str, depth: int, inputs: tuple[int, int], width: int, stride: int, widths: Widths
) -> nn.Sequential:
    """One stage; ``inputs`` is how many channels come in, and how many would, unpruned."""
    channels, usual = inputs
    stage = nn.Sequential()
    for index in range(depth):
        step = stride if index == 0 else 1
        block = BasicBlock(f"{name}.{index}", channels, width, step, widths)
        if step != 1 or usual != width:
            block.project(f"{name}.{index}", channels, width, step, widths)
        shortcut = block.downsample[0].out_channels if block.downsample else channels  # type: ignore[index]
        same_width(f"{name}.{index}.conv2", block.out_channels, shortcut)
        stage.append(block)
        channels, usual = block.out_channels, width
    return stage
