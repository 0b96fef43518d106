"""DarkNet53 (Redmon & Farhadi, 2018), with timm's names, at stride 16.

The negative slope is timm's, in which its ImageNet weights were trained; the paper has 0.1.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from trainer.models.backbone import Backbone, Block, Widths, initialize, same_width
from trainer.models.residual import ActivatedResidual
from trainer.models.unit import Unit

STEM = 32
STAGES = ((64, 1, 2), (128, 2, 2), (256, 8, 2), (512, 8, 2), (1024, 4, 1))
# width, depth, stride (paper, table 1; the last stride is removed)
SLOPE = 0.01


def build(widths: Widths) -> DarkNet53:
    return DarkNet53(widths)


class DarkBlock(nn.Module):
    """1x1 to half as many channels, 3x3, and a shortcut around their activations."""

    def __init__(self, name: str, channels: int, width: int, widths: Widths) -> None:
        super().__init__()
        middle = widths(f"{name}.conv1.conv", width // 2)
        outputs = widths(f"{name}.conv2.conv", width)
        same_width(f"{name}.conv2.conv", outputs, channels)
        self.conv1 = _unit(channels, middle, 1)
        self.conv2 = _unit(middle, outputs, 3)
        self.sum = ActivatedResidual()

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.sum(self.conv2(self.conv1(x)), x))


class DarkStage(nn.Module):
    """A convolution with the stride, then blocks."""

    def __init__(self, name: str, inputs: int, shape: tuple[int, int, int], widths: Widths) -> None:
        super().__init__()
        width, depth, stride = shape
        self.out_channels = widths(f"{name}.conv_down.conv", width)
        self.conv_down = _unit(inputs, self.out_channels, 3, stride)
        self.blocks = nn.Sequential(
            *(
                DarkBlock(f"{name}.blocks.{index}", self.out_channels, width, widths)
                for index in range(depth)
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.blocks(self.conv_down(x)))


class DarkNet53(Backbone):
    """Blocks: 0 the stem, 1 to 5 the stages, as in TLT."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        channels = widths("stem.conv1.conv", STEM)
        self.stem = nn.Sequential()
        self.stem.add_module("conv1", _unit(3, channels, 3))
        self.stages = nn.Sequential()
        for index, shape in enumerate(STAGES):
            stage = DarkStage(f"stages.{index}", channels, shape, widths)
            self.stages.append(stage)
            channels = stage.out_channels
        self.out_channels = channels
        initialize(self)

    def freezable(self) -> tuple[Block, ...]:
        return ((self.stem,), *((stage,) for stage in self.stages))

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.stages(self.stem(x)))


def _unit(inputs: int, outputs: int, kernel: int, stride: int = 1) -> Unit:
    return Unit(inputs, outputs, kernel, nn.LeakyReLU(SLOPE, inplace=True), stride=stride)
