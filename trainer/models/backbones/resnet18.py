"""ResNet18 (He et al., 2015): two basic blocks a stage."""

from __future__ import annotations

from trainer.models.backbone import Widths
from trainer.models.resnet import ResNet


def build(widths: Widths) -> ResNet:
    return ResNet((2, 2, 2, 2), widths)
