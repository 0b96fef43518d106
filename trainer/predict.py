"""A trained network as a function of NumPy arrays, by the names of its contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from train2edge.contract import Contract
from trainer import checkpoint
from trainer.models.network import Network


class Predictor:
    """``predictor(batch)``: NCHW float32 after the input contract -> output tensors by name.

    Their shapes are the contract's (``OutputContract.shapes``), float32, the batch first.
    """

    def __init__(self, model: Network, contract: Contract, device: torch.device) -> None:
        self.model = model
        self.contract = contract
        self.device = device

    @torch.inference_mode()
    def __call__(self, batch: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        pictures = torch.from_numpy(np.ascontiguousarray(batch)).to(self.device)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        training = self.model.training
        try:
            tensors = self.model.eval().deployed(pictures)
        finally:
            self.model.train(training)
        names = self.contract.output.shapes(self.contract.input)
        return {
            name: tensor.contiguous().cpu().numpy()
            for name, tensor in zip(names, tensors, strict=True)
        }


def open_predictor(path: Path, device: torch.device | None = None) -> Predictor:
    """The network of a checkpoint file or a RUN folder, on the GPU where there is one.

    ``InputError`` if there is no whole checkpoint.
    """
    loaded = checkpoint.load(path)
    if device is None:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return Predictor(placed(loaded.model(), device), loaded.contract, device)


def placed(model: Network, device: torch.device) -> Network:
    """``model`` on ``device``, its kernels laid out channels-last: 1.5 times as fast on a CPU."""
    return model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
