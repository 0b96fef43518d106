"""A penalty on convolution kernels; L1 puts channels to sleep, and pruning finds them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from train2edge.spec.training import Regularizer


def kernels(model: nn.Module) -> list[Tensor]:
    """The convolution kernels that learn; biases and BatchNorm are left alone, as in TLT."""
    convolutions = (child for child in model.modules() if isinstance(child, nn.Conv2d))
    return [conv.weight for conv in convolutions if conv.weight.requires_grad]


def penalty(weights: list[Tensor], regularizer: Regularizer) -> Tensor:
    """``weight`` times the sum of absolute values (L1) or squares (L2) over all kernels."""
    if regularizer.type == "none" or not weights:
        return torch.zeros(())
    norm = torch.abs if regularizer.type == "L1" else torch.square
    return regularizer.weight * torch.stack([norm(one).sum() for one in weights]).sum()
