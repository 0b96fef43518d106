"""A classifier's head: the mean of the grid, and a 1x1 convolution a class.

The convolution is a fully connected layer that every INT8 compiler knows: TensorRT-RTX has no
float32 matrix product for Turing, and Q/DQ pairs stand at convolutions.
"""

from __future__ import annotations

from torch import Tensor, nn

from trainer.models.head import Head, Outputs

TASK = "classification"


class Classifier(Head):
    """Features -> logits ``[N, C, 1, 1]``; deployed: after the softmax."""

    def __init__(self, channels: int, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()
        self.scores = nn.Conv2d(channels, classes, 1)
        nn.init.normal_(self.scores.weight, std=0.01)
        nn.init.zeros_(self.scores.bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> tuple[Tensor]:
        return (self.scores(self.dropout(self.pool(features))),)

    def deployed(self, outputs: Outputs) -> Outputs:
        return (outputs[0].softmax(1),)


def build(channels: int, classes: int, dropout: float = 0.0) -> Classifier:
    return Classifier(channels, classes, dropout)
