"""VGG16 with batch norms (Simonyan & Zisserman, 2014): torchvision's ``vgg16_bn``."""

from __future__ import annotations

from trainer.models.backbone import Widths
from trainer.models.vgg import Vgg


def build(widths: Widths) -> Vgg:
    return Vgg((2, 2, 3, 3, 3), widths)
