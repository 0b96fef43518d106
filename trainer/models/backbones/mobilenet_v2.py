"""MobileNetV2 (Sandler et al., 2018), torchvision's ``features`` 0 to 17, at stride 16."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from trainer.models.backbone import Backbone, Block, Widths, initialize, same_width
from trainer.models.residual import Residual

STEM = 32
STAGES = (  # expansion, width, depth, stride (paper, table 2; the last stride, of 160, is removed)
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 1),
    (6, 320, 1, 1),
)


def build(widths: Widths) -> MobileNetV2:
    return MobileNetV2(widths)


class InvertedResidual(nn.Module):
    """Expand 1x1 (unless ``expansion`` is 1), depthwise 3x3, project 1x1; perhaps a shortcut."""

    def __init__(self, layers: list[nn.Module], shortcut: bool) -> None:
        super().__init__()
        self.conv = nn.Sequential(*layers)
        self.sum = Residual() if shortcut else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv(x)
        return cast(Tensor, self.sum(y, x) if self.sum else y)


class MobileNetV2(Backbone):
    """Blocks 0 to 17 are ``features`` 0 to 17."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        channels, usual = widths("features.0.0", STEM), STEM
        self.features = nn.Sequential(_unit(3, channels, 3, stride=2))
        for expansion, width, depth, stride in STAGES:
            for index in range(depth):
                name = f"features.{len(self.features)}.conv"
                hidden = widths(f"{name}.0.0", usual * expansion) if expansion > 1 else channels
                outputs = widths(f"{name}.{1 if expansion == 1 else 2}", width)
                layers = [_unit(channels, hidden, 1)] if expansion > 1 else []
                step = stride if index == 0 else 1
                layers += _reduced(hidden, outputs, step)
                shortcut = step == 1 and usual == width
                if shortcut:
                    same_width(name, outputs, channels)
                self.features.append(InvertedResidual(layers, shortcut))
                channels, usual = outputs, width
        self.out_channels = channels
        initialize(self)

    def freezable(self) -> tuple[Block, ...]:
        return tuple((block,) for block in self.features)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.features(x))


def _unit(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Module:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU6(inplace=True))


def _reduced(hidden: int, outputs: int, stride: int) -> list[nn.Module]:
    """Depthwise 3x3 and the linear projection after it."""
    depthwise = _unit(hidden, hidden, 3, stride, groups=hidden)
    return [depthwise, nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
