"""What every head is: a network's raw outputs, and what the device gives of them."""

from __future__ import annotations

from torch import Tensor, nn

Outputs = tuple[Tensor, ...]


class Head(nn.Module):
    """Features ``[N, channels, h, w]`` -> raw outputs, as the task's loss takes them."""

    def deployed(self, outputs: Outputs) -> Outputs:
        """The contract's tensors from raw ``outputs``, in the contract's order."""
        raise NotImplementedError
