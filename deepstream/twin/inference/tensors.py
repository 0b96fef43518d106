"""The outputs themselves, as user metadata: ``output-tensor-meta``."""

from __future__ import annotations

from deepstream.twin.inference.network import Network, Outputs
from deepstream.twin.metadata import NvDsMetaType, NvDsUserMeta
from deepstream.twin.metadata.infer import (
    NvDsInferLayerInfo,
    NvDsInferNetworkInfo,
    NvDsInferTensorMeta,
)

KIND = NvDsMetaType.NVDSINFER_TENSOR_OUTPUT_META


def attach(network: Network, users: list[NvDsUserMeta], outputs: Outputs) -> None:
    """Add every output, in binding order, to ``users``."""
    size = network.input
    layers = [
        NvDsInferLayerInfo.of(index, name, tensor)
        for index, (name, tensor) in enumerate(outputs.items())
    ]
    meta = NvDsInferTensorMeta(
        unique_id=network.settings.gie_unique_id,
        gpu_id=network.settings.gpu_id,
        network_info=NvDsInferNetworkInfo(
            width=size.width, height=size.height, channels=size.channels
        ),
        maintain_aspect_ratio=int(network.settings.maintain_aspect_ratio),
        layers=layers,
    )
    users.append(NvDsUserMeta.of(KIND, meta))
