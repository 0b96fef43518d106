"""The whole network: normalise, backbone, head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from train2edge.errors import InputError
from trainer.models.backbone import Backbone
from trainer.models.head import Head, Outputs

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # RGB, of 0..1
IMAGENET_STD = (0.229, 0.224, 0.225)


class Normalize(nn.Module):
    """The part of ImageNet's normalisation that nvinfer's single scale cannot do: 1/std."""

    inverse_std: Tensor

    def __init__(self) -> None:
        super().__init__()
        inverse = 1 / torch.tensor(IMAGENET_STD).reshape(1, 3, 1, 1)
        self.register_buffer("inverse_std", inverse)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.inverse_std


class Network(nn.Module):
    """NCHW float32 after the input contract -> the raw outputs of the head."""

    def __init__(self, backbone: Backbone, head: Head) -> None:
        super().__init__()
        self.normalize = Normalize()
        self.backbone = backbone
        self.head = head
        self._frozen_blocks: tuple[int, ...] = ()
        self._frozen_bn = False

    def forward(self, x: Tensor) -> Outputs:
        return cast(Outputs, self.head(self.backbone(self.normalize(x))))

    def deployed(self, x: Tensor) -> Outputs:
        """The contract's tensors, as the device gives them."""
        return self.head.deployed(self.forward(x))

    def freeze(self, blocks: Sequence[int], *, batch_norm: bool = False) -> None:
        """Keep these blocks as they are; with ``batch_norm`` all running statistics too."""
        numbered = self.backbone.freezable()
        known = [number for number, block in enumerate(numbered) if block]
        wrong = [number for number in blocks if number not in known]
        if wrong:
            raise InputError(
                f"freeze_blocks: {wrong[0]} is not a block",
                hint=f"blocks are {known[0]} to {known[-1]}",
            )
        self._frozen_blocks, self._frozen_bn = tuple(blocks), batch_norm
        for module in self._frozen_modules():
            module.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> Network:
        """Set the mode; what is frozen stays in evaluation mode, so its statistics stay too."""
        super().train(mode)
        for module in self._frozen_modules():
            module.eval()
        if self._frozen_bn:
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def _frozen_modules(self) -> list[nn.Module]:
        blocks = self.backbone.freezable()
        return [module for number in self._frozen_blocks for module in blocks[number]]
