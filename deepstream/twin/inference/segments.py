"""A semantic segmentation's output becomes a map of classes, as user metadata."""

from __future__ import annotations

import numpy as np

from deepstream.twin.inference.network import Network, Outputs
from deepstream.twin.inference.target import Target
from deepstream.twin.metadata import NvDsMetaType, NvDsUserMeta
from deepstream.twin.metadata.infer import NvDsInferSegmentationMeta
from train2edge.errors import InputError
from train2edge.nvinfer.layers import Network as Size
from train2edge.nvinfer.layers import layers_of
from train2edge.nvinfer.segmentation import segment

KIND = NvDsMetaType.NVDSINFER_SEGMENTATION_META


def attach(network: Network, target: Target, outputs: Outputs) -> None:
    """Attach the classes of the network input's pixels and the first output as it is."""
    settings, size = network.settings, network.input
    if settings.parse_segmentation_func_name:
        raise InputError(
            f"no output parser {settings.parse_segmentation_func_name}: the CPU twin has nvinfer's"
            " own segmentation alone",
            where=str(settings.path),
        )
    classes = segment(
        layers_of(outputs),
        Size(size.width, size.height, size.channels),
        settings.num_detected_classes,
        settings.segmentation_threshold,
        channels_last=bool(settings.segmentation_output_order),
    )
    meta = NvDsInferSegmentationMeta(
        unique_id=settings.gie_unique_id,
        classes=settings.num_detected_classes,
        width=size.width,
        height=size.height,
        classes_of=classes,
        scores=np.asarray(next(iter(outputs.values())), np.float32),
    )
    target.users.append(NvDsUserMeta.of(KIND, meta))
