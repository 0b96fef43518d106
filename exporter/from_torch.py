"""From a checkpoint to ONNX: the one place of the exporter that knows torch."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from train2edge.contract import Contract
from trainer import checkpoint
from trainer.checkpoint import Checkpoint
from trainer.models.network import Network
from trainer.quantization.readers import reading


class Deployed(nn.Module):
    """The network as the device runs it: what its head makes of its raw outputs."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """NCHW float32 -> the contract's tensors."""
        return self.network.deployed(pictures)


def to_onnx(network: Network, contract: Contract, opset: int) -> onnx.ModelProto:
    """Trace ``network`` at batch 1 and the contract's input size.

    The batch dimension is fixed here; ``surgery.dynamic_batch`` frees it and proves that it did.
    """
    deployed, frame = Deployed(network).eval(), contract.input
    example = torch.zeros(1, frame.channels, frame.height, frame.width)
    written = io.BytesIO()
    with torch.no_grad(), warnings.catch_warnings():
        # The exporter by tracing is the one that still writes opset 17 and lower itself, which
        # TensorRT 8 needs; torch announces the other one at every call.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            deployed,
            (example,),
            written,  # type: ignore[arg-type]  # the tracing exporter takes a buffer too
            opset_version=opset,
            dynamo=False,
            # Nothing is fused here: surgery does it in float64, and proves it.
            training=torch.onnx.TrainingMode.PRESERVE,
            do_constant_folding=False,
            input_names=["pictures"],
            output_names=list(contract.output.shapes(frame)),
        )
    return onnx.load_from_string(written.getvalue())


def outputs_of(network: Network, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The contract's tensors for ``batch`` ``[N, C, H, W]``, by torch."""
    deployed = Deployed(network).eval()
    with torch.inference_mode():
        rows = [deployed(torch.from_numpy(one[None])) for one in batch]
    return [np.concatenate([one.numpy() for one in column]) for column in zip(*rows, strict=True)]


def tensors_of(
    network: Network, batch: NDArray[np.float32]
) -> Iterator[tuple[dict[str, NDArray[np.float32]], list[NDArray[np.float32]]]]:
    """For each picture of ``batch`` what every module of a quantised ``network`` reads in 8 bits,
    as it is before rounding, by the module's path; and the contract's tensors."""
    deployed = Deployed(network).eval()
    with torch.inference_mode():
        for one in batch:
            with reading(network) as read:
                given = deployed(torch.from_numpy(one[None]))
            yield {name: value.numpy() for name, value in read.items()}, [v.numpy() for v in given]


def load(path: Path) -> tuple[Network, Checkpoint]:
    """The float network of a RUN folder or checkpoint file, and the checkpoint it comes from."""
    opened = checkpoint.load(path)
    return opened.float_model(), opened
