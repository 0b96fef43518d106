"""Weights that were trained with another normalisation of the picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from trainer.models.network import IMAGENET_MEAN, IMAGENET_STD

HALF = 0.5  # mean and deviation, of 0..1, that TensorFlow's and some of timm's weights know


def from_half(backbone: nn.Module) -> None:
    """Make a backbone that read ``(x - 0.5) / 0.5`` compute the same of ImageNet's normalisation.

    The factor goes into the first convolution's kernels, the shift into its bias or into the mean
    of the batch norm behind it; at the picture's border, where the convolution pads with zeros,
    that is not exact.
    """
    modules = list(backbone.modules())
    conv = next(one for one in modules if isinstance(one, nn.Conv2d))
    norm = next((one for one in modules if isinstance(one, nn.BatchNorm2d)), None)
    mean, deviation = torch.tensor(IMAGENET_MEAN), torch.tensor(IMAGENET_STD)
    with torch.no_grad():
        moved = torch.einsum("oihw,i->o", conv.weight, (mean - HALF) / HALF)
        conv.weight.mul_((deviation / HALF).reshape(1, -1, 1, 1))
        if conv.bias is not None:
            conv.bias.add_(moved)
        elif norm is not None and isinstance(norm.running_mean, Tensor):
            norm.running_mean.sub_(moved)
