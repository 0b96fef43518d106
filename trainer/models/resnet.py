"""Residual networks (He et al., 2015), with torchvision's module names, at stride 16."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn

from trainer.models.backbone import Backbone, Block, Widths, initialize, same_width
from trainer.models.residual import Residual

STAGES = ((64, 1), (128, 2), (256, 2), (512, 1))  # width, stride; the last stride is removed


class ResidualBlock(nn.Module):
    """Convolutions (``convolved``), a shortcut that a 1x1 convolution may project, their sum."""

    expansion: int  # channels that leave the block, for each of its width
    convolutions: int

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.sum = Residual()
        self.out_channels = outputs
        self.downsample: nn.Module | None = None

    def project(self, name: str, inputs: int, width: int, stride: int, widths: Widths) -> None:
        """Give the shortcut a 1x1 convolution."""
        outputs = widths(f"{name}.downsample.0", width * self.expansion)
        conv = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
        self.downsample = nn.Sequential(conv, nn.BatchNorm2d(outputs))

    def convolved(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        return cast(Tensor, self.relu(self.sum(self.convolved(x), shortcut)))


class BasicBlock(ResidualBlock):
    """Two 3x3 convolutions."""

    expansion, convolutions = 1, 2

    def __init__(self, name: str, inputs: int, width: int, stride: int, widths: Widths) -> None:
        middle, outputs = widths(f"{name}.conv1", width), widths(f"{name}.conv2", width)
        super().__init__(outputs)
        self.conv1 = nn.Conv2d(inputs, middle, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(middle)
        self.conv2 = nn.Conv2d(middle, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def convolved(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))


class Bottleneck(ResidualBlock):
    """1x1, 3x3 with the stride (torchvision's place for it, "v1.5"), 1x1 to four times as many."""

    expansion, convolutions = 4, 3

    def __init__(self, name: str, inputs: int, width: int, stride: int, widths: Widths) -> None:
        first, second = widths(f"{name}.conv1", width), widths(f"{name}.conv2", width)
        outputs = widths(f"{name}.conv3", width * self.expansion)
        super().__init__(outputs)
        self.conv1 = nn.Conv2d(inputs, first, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(first)
        self.conv2 = nn.Conv2d(first, second, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(second)
        self.conv3 = nn.Conv2d(second, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)

    def convolved(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        return cast(Tensor, self.bn3(self.conv3(y)))


class ResNet(Backbone):
    """ResNet with ``depths`` blocks a stage; blocks: 0 the stem, 1 to 4 the stages, as in TLT."""

    def __init__(
        self,
        depths: tuple[int, int, int, int],
        widths: Widths,
        kind: type[BasicBlock | Bottleneck] = BasicBlock,
    ) -> None:
        super().__init__()
        stem = widths("conv1", 64)
        self.conv1 = nn.Conv2d(3, stem, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(stem)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        inputs, usual = stem, 64
        for number, ((width, stride), depth) in enumerate(zip(STAGES, depths, strict=True), 1):
            place = _Place(f"layer{number}", inputs, usual, width, stride)
            stage = _stage(place, depth, kind, widths)
            self.add_module(f"layer{number}", stage)
            inputs = cast(ResidualBlock, stage[-1]).out_channels
            usual = width * kind.expansion
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


@dataclass(frozen=True)
class _Place:
    """Where a stage stands: ``inputs`` channels come in, ``usual`` would, unpruned."""

    name: str
    inputs: int
    usual: int
    width: int
    stride: int


def _stage(
    place: _Place, depth: int, kind: type[BasicBlock | Bottleneck], widths: Widths
) -> nn.Sequential:
    channels, usual = place.inputs, place.usual
    stage = nn.Sequential()
    for index in range(depth):
        name, step = f"{place.name}.{index}", place.stride if index == 0 else 1
        block = kind(name, channels, place.width, step, widths)
        if step != 1 or usual != place.width * kind.expansion:
            block.project(name, channels, place.width, step, widths)
        shortcut = block.downsample[0].out_channels if block.downsample else channels  # type: ignore[index]
        same_width(f"{name}.conv{kind.convolutions}", block.out_channels, shortcut)
        stage.append(block)
        channels, usual = block.out_channels, place.width * kind.expansion
    return stage
