"""ResNet50 (He et al., 2015): 3, 4, 6 and 3 bottlenecks a stage."""

from __future__ import annotations

from trainer.models.backbone import Widths
from trainer.models.resnet import Bottleneck, ResNet


def build(widths: Widths) -> ResNet:
    return ResNet((3, 4, 6, 3), widths, Bottleneck)
