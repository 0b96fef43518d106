"""Many processes, one training: what ``torchrun`` says, and the little they tell each other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from train2edge.errors import InputError

PATIENCE = timedelta(hours=2)  # others wait while rank 0 validates


@dataclass(frozen=True)
class Group:
    """This process among ``world``; rank 0 validates and writes."""

    rank: int
    world: int
    device: torch.device

    @property
    def main(self) -> bool:
        return self.rank == 0

    def wrap(self, model: nn.Module) -> nn.Module:
        """``model`` with gradients averaged over all processes."""
        if self.world == 1:
            return model
        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(model, device_ids=ids)

    def share(self, values: list[float]) -> list[float]:
        """Rank 0's numbers, on every rank."""
        if self.world == 1:
            return values
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        distributed.broadcast(tensor, 0)
        return [float(value) for value in tensor.cpu()]

    def mean(self, values: dict[str, float]) -> dict[str, float]:
        """Means over the ranks."""
        if self.world == 1 or not values:
            return values
        tensor = torch.tensor(list(values.values()), dtype=torch.float64, device=self.device)
        distributed.all_reduce(tensor)
        return dict(zip(values, (tensor / self.world).tolist(), strict=True))


@contextlib.contextmanager
def joined() -> Iterator[Group]:
    """Join the processes that ``torchrun`` started (nccl on GPUs, gloo on CPUs), or be alone."""
    rank, world, local = (_number(name, usual) for name, usual in _VARIABLES)
    device = torch.device("cuda", local) if torch.cuda.is_available() else torch.device("cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
        torch.backends.cudnn.deterministic = True  # the same seed, the same weights
    if world == 1:
        yield Group(0, 1, device)
        return
    backend = "nccl" if device.type == "cuda" else "gloo"
    distributed.init_process_group(backend, timeout=PATIENCE)
    try:
        yield Group(rank, world, device)
    finally:
        distributed.destroy_process_group()


_VARIABLES = (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))


def _number(name: str, usual: int) -> int:
    text = os.environ.get(name, str(usual))
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{text!r} is not a number", where=f"environment {name}") from None
