"""ResNet34 (He et al., 2015): 3, 4, 6 and 3 basic blocks a stage."""

from __future__ import annotations

from trainer.models.backbone import Widths
from trainer.models.resnet import ResNet


def build(widths: Widths) -> ResNet:
    return ResNet((3, 4, 6, 3), widths)
