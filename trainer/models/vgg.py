"""VGG with batch norms (Simonyan & Zisserman, 2014), with torchvision's names, at stride 16."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

from torch import Tensor, nn

from trainer.models.backbone import Backbone, Block, Widths, initialize

WIDTHS = (64, 128, 256, 512, 512)


class Vgg(Backbone):
    """``depths`` convolutions a block, a pool between two; the last pool is removed.

    Blocks: 1 to 5, as TLT counts them; there is no stem, so no 0.
    """

    def __init__(self, depths: tuple[int, int, int, int, int], widths: Widths) -> None:
        super().__init__()
        self.features = nn.Sequential()
        self._ends = [0]
        channels = 3
        for width, depth in zip(WIDTHS, depths, strict=True):
            if len(self.features):
                self.features.append(nn.MaxPool2d(2, 2))
            for _ in range(depth):
                outputs = widths(f"features.{len(self.features)}", width)
                self._convolve(channels, outputs)
                channels = outputs
            self._ends.append(len(self.features))
        self.out_channels = channels
        initialize(self)

    def _convolve(self, inputs: int, outputs: int) -> None:
        conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.features.extend([conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)])

    def freezable(self) -> tuple[Block, ...]:
        layers, ends = list(self.features), self._ends
        numbered = (tuple(layers[a:b]) for a, b in pairwise(ends))
        return ((), *numbered)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.features(x))
