"""EfficientNet-B0 (Tan & Le, 2019), torchvision's ``features`` 0 to 7, at stride 16.

Stochastic depth, which trains long schedules on ImageNet, is left out: it has no weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn

from trainer.models.backbone import Backbone, Block, Widths, initialize, same_width
from trainer.models.residual import Residual

STEM = 32
SQUEEZE = 4  # channels that enter a block, for each of its squeeze


@dataclass(frozen=True)
class Stage:
    """A row of the paper's table 1."""

    expansion: int
    kernel: int
    stride: int
    width: int
    depth: int


STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(6, 3, 2, 24, 2),
    Stage(6, 5, 2, 40, 2),
    Stage(6, 3, 2, 80, 3),
    Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 1, 192, 4),  # the last stride is removed
    Stage(6, 3, 1, 320, 1),
)


def build(widths: Widths) -> EfficientNetB0:
    return EfficientNetB0(widths)


class SqueezeExcitation(nn.Module):
    """Each channel times a factor that is computed from the means of all (Hu et al., 2018)."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)
        self.activation = nn.SiLU(inplace=True)
        self.scale_activation = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        squeezed = self.activation(self.fc1(self.avgpool(x)))
        return x * cast(Tensor, self.scale_activation(self.fc2(squeezed)))


class MBConv(nn.Module):
    """Expand 1x1 (unless ``expansion`` is 1), depthwise, squeeze and excite, project 1x1.

    ``channels`` come in; ``usual`` would, unpruned.
    """

    def __init__(
        self, name: str, stage: Stage, channels: int, usual: int, step: int, widths: Widths
    ) -> None:
        super().__init__()
        wide, last = usual * stage.expansion, 3 if stage.expansion > 1 else 2
        hidden = channels if stage.expansion == 1 else widths(f"{name}.0.0", wide)
        # the factors of the channels are as many as the channels, and pruned with them
        same_width(f"{name}.{last - 1}.fc2", widths(f"{name}.{last - 1}.fc2", wide), hidden)
        squeezed = widths(f"{name}.{last - 1}.fc1", usual // SQUEEZE)
        self.out_channels = widths(f"{name}.{last}.0", stage.width)
        self.block = nn.Sequential()
        if stage.expansion > 1:
            self.block.append(_unit(channels, hidden, 1))
        self.block.append(_unit(hidden, hidden, stage.kernel, step, groups=hidden))
        self.block.append(SqueezeExcitation(hidden, squeezed))
        project = nn.Conv2d(hidden, self.out_channels, 1, bias=False)
        self.block.append(nn.Sequential(project, nn.BatchNorm2d(self.out_channels)))
        self.sum = Residual() if step == 1 and usual == stage.width else None
        if self.sum:
            same_width(f"{name}.{last}.0", self.out_channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.block(x)
        return cast(Tensor, self.sum(y, x) if self.sum else y)


class EfficientNetB0(Backbone):
    """Blocks 0 to 7 are ``features`` 0 to 7: the stem and the stages, as in TLT."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        channels, usual = widths("features.0.0", STEM), STEM
        self.features = nn.Sequential(_unit(3, channels, 3, 2))
        for number, stage in enumerate(STAGES, 1):
            blocks = nn.Sequential()
            for index in range(stage.depth):
                name, step = f"features.{number}.{index}.block", stage.stride if index == 0 else 1
                block = MBConv(name, stage, channels, usual, step, widths)
                blocks.append(block)
                channels, usual = block.out_channels, stage.width
            self.features.append(blocks)
        self.out_channels = channels
        initialize(self)

    def freezable(self) -> tuple[Block, ...]:
        return tuple((block,) for block in self.features)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.features(x))


def _unit(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Module:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.SiLU(inplace=True))
