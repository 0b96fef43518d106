"""DarkNet19 (Redmon & Farhadi, 2016), at stride 16.

Neither torchvision nor timm has it; the names are built as those of DarkNet53.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from trainer.models.backbone import Backbone, Block, Widths, initialize
from trainer.models.unit import Unit

STEM = 32
# widths of 3x3 and 1x1 in turns (paper, table 6); of the pools before them the last is removed
STAGES = (
    (64,),
    (128, 64, 128),
    (256, 128, 256),
    (512, 256, 512, 256, 512),
    (1024, 512, 1024, 512, 1024),
)
SLOPE = 0.1


def build(widths: Widths) -> DarkNet19:
    return DarkNet19(widths)


class DarkNet19(Backbone):
    """Blocks: 0 the stem, 1 to 5 what is between the pools, as in TLT."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        channels = widths("stem.conv1.conv", STEM)
        self.stem = nn.Sequential()
        self.stem.add_module("conv1", _unit(3, channels, 3))
        self.pool = nn.MaxPool2d(2, 2)
        self.stages = nn.Sequential()
        for number, stage in enumerate(STAGES):
            self.stages.append(nn.Sequential())
            for index, width in enumerate(stage):
                outputs = widths(f"stages.{number}.{index}.conv", width)
                unit = _unit(channels, outputs, 1 if index % 2 else 3)
                cast(nn.Sequential, self.stages[number]).append(unit)
                channels = outputs
        self.out_channels = channels
        initialize(self)

    def freezable(self) -> tuple[Block, ...]:
        return ((self.stem,), *((stage,) for stage in self.stages))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for number, stage in enumerate(self.stages, 1):
            x = stage(self.pool(x) if number < len(self.stages) else x)
        return x


def _unit(inputs: int, outputs: int, kernel: int) -> Unit:
    return Unit(inputs, outputs, kernel, nn.LeakyReLU(SLOPE, inplace=True))
