"""A trained network as a function of NumPy arrays, by the names of its contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from train2edge.contract import Contract
from trainer import checkpoint
from trainer.models.detector import Detector


class Predictor:
    """``predictor(batch)``: NCHW float32 after the input contract -> output tensors by name.

    ``coverage`` float32 ``[N, C, h, w]`` in 0..1, ``bbox`` float32 ``[N, 4C, h, w]``.
    """

    def __init__(self, model: nn.Module, contract: Contract, device: torch.device) -> None:
        self.model = model
        self.contract = contract
        self.device = device

    @torch.inference_mode()
    def __call__(self, batch: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
        pictures = torch.from_numpy(np.ascontiguousarray(batch)).to(self.device)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        training = self.model.training
        try:
            coverage, bbox = self.model.eval()(pictures)
        finally:
            self.model.train(training)
        output = self.contract.output
        return {
            output.coverage: coverage.sigmoid().contiguous().cpu().numpy(),
            output.bbox: bbox.contiguous().cpu().numpy(),
        }


def open_predictor(path: Path, device: torch.device | None = None) -> Predictor:
    """The network of a checkpoint file or a RUN folder, on the GPU where there is one.

    ``InputError`` if there is no whole checkpoint.
    """
    loaded = checkpoint.load(path)
    if device is None:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return Predictor(placed(loaded.model(), device), loaded.contract, device)


def placed(model: Detector, device: torch.device) -> Detector:
    """``model`` on ``device``, its kernels laid out channels-last: 1.5 times as fast on a CPU."""
    return model.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
