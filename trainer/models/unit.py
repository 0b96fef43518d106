"""Convolution, batch norm and activation, with the names that timm and torchvision use."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn


class Unit(nn.Module):
    """``conv``, ``bn``, and an activation; an odd ``kernel`` leaves size / stride."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        activation: nn.Module,
        *,
        stride: int = 1,
        eps: float = 1e-5,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps)
        self.activation = activation

    @property
    def out_channels(self) -> int:
        return self.conv.out_channels

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.activation(self.bn(self.conv(x))))
