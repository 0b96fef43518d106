"""MobileNetV1 (Howard et al., 2017), with timm's names (``mobilenetv1_100``), at stride 16."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from trainer.models.backbone import Backbone, Block, Widths, initialize

STEM = 32
STAGES = ((64, 1, 1), (128, 2, 2), (256, 2, 2), (512, 6, 2), (1024, 2, 1))
# width, depth, stride (paper, table 1; the last stride is removed)


def build(widths: Widths) -> MobileNetV1:
    return MobileNetV1(widths)


class Separable(nn.Module):
    """Depthwise 3x3 and pointwise 1x1, each with batch norm and ReLU6."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv_dw = nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv_pw = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU6(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv_dw(x)))
        return cast(Tensor, self.relu(self.bn2(self.conv_pw(y))))


class MobileNetV1(Backbone):
    """Blocks: 0 the stem, 1 to 13 the separable convolutions, as in TLT."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        channels = widths("conv_stem", STEM)
        self.conv_stem = nn.Conv2d(3, channels, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU6(inplace=True)
        self.blocks = nn.Sequential()
        for number, (width, depth, stride) in enumerate(STAGES):
            stage = nn.Sequential()
            for index in range(depth):
                outputs = widths(f"blocks.{number}.{index}.conv_pw", width)
                stage.append(Separable(channels, outputs, stride if index == 0 else 1))
                channels = outputs
            self.blocks.append(stage)
        self.out_channels = channels
        initialize(self)

    def freezable(self) -> tuple[Block, ...]:
        separable = (one for stage in self.blocks for one in cast(nn.Sequential, stage))
        return ((self.conv_stem, self.bn1), *((one,) for one in separable))

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.blocks(self.relu(self.bn1(self.conv_stem(x)))))
