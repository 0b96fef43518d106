"""DetectNet_v2's head: two 1x1 convolutions on a grid of stride 16."""

from __future__ import annotations

import math

from torch import Tensor, nn

from trainer.models.head import Head, Outputs

TASK = "detection"
PRIOR = 0.01  # coverage before training: most cells are background (Lin et al., 2017, 3.3)
BOX_NORM = 35.0  # pixels; TLT's objective_set.bbox.scale


class DetectNetV2(Head):
    """Features -> coverage logits ``[N, C, h, w]`` and boxes ``[N, 4C, h, w]``.

    The boxes are distances left, top, right, bottom from the cell's centre in units of
    ``BOX_NORM`` pixels, a class after the other; they start at one unit.
    """

    def __init__(self, channels: int, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = nn.Dropout2d(dropout) if dropout else nn.Identity()
        self.coverage = nn.Conv2d(channels, classes, 1)
        self.bbox = nn.Conv2d(channels, 4 * classes, 1)
        for conv, bias in ((self.coverage, math.log(PRIOR / (1 - PRIOR))), (self.bbox, 1.0)):
            nn.init.normal_(conv.weight, std=0.01)
            nn.init.constant_(conv.bias, bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        features = self.dropout(features)
        return self.coverage(features), self.bbox(features)

    def deployed(self, outputs: Outputs) -> Outputs:
        """Coverage in 0..1, boxes as they are."""
        coverage, bbox = outputs
        return coverage.sigmoid(), bbox


def build(channels: int, classes: int, dropout: float = 0.0) -> DetectNetV2:
    return DetectNetV2(channels, classes, dropout)
