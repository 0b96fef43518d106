"""Rounding to 8 bits and back, as a Q/DQ pair does it, with a gradient that passes through.

Symmetric, zero point 0, activations in one scale, weights in one an output channel: what
``exporter/quantize/qdq.py`` writes. The gradient is that of the clipped identity (Bengio et al.,
"Estimating or propagating gradients through stochastic neurons", 2013).
"""

from __future__ import annotations

import torch
from torch import Tensor

from train2edge.calibration.ranges import LEVELS

_LEAST, _MOST = -LEVELS - 1, LEVELS
_SMALLEST_SCALE = torch.finfo(torch.float32).tiny


def activation(x: Tensor, limit: float) -> Tensor:
    """``x`` in steps of ``limit / 127``."""
    return torch.fake_quantize_per_tensor_affine(x, limit / LEVELS, 0, _LEAST, _MOST)


def weight(kernel: Tensor) -> Tensor:
    """``kernel`` ``[O, ...]`` in steps of ``max|w| / 127`` of its output channel.

    A scale that follows its channel commutes with folding a batch norm into the kernel: the
    folded kernel has the same integers.
    """
    largest = kernel.detach().abs().flatten(1).amax(1)
    scale = torch.where(largest > 0, (largest / LEVELS).clamp(min=_SMALLEST_SCALE), 1.0)
    zero = torch.zeros_like(scale, dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(kernel, scale, zero, 0, _LEAST, _MOST)
