"""A semantic segmentation becomes a map of classes, as user metadata."""

from __future__ import annotations

from deepstream.twin.inference.network import Network
from deepstream.twin.inference.target import Target
from deepstream.twin.metadata import NvDsMetaType, NvDsUserMeta
from deepstream.twin.metadata.infer import NvDsInferSegmentationMeta
from train2edge.nvinfer.segmentation import SegmentationMap

KIND = NvDsMetaType.NVDSINFER_SEGMENTATION_META


def attach(network: Network, target: Target, found: SegmentationMap) -> None:
    """Attach the class of every pixel of the network input, and the scores where it has them."""
    meta = NvDsInferSegmentationMeta(
        unique_id=network.settings.gie_unique_id,
        classes=found.num_classes,
        width=network.input.width,
        height=network.input.height,
        classes_of=found.classes,
        scores=found.probabilities,
    )
    target.users.append(NvDsUserMeta.of(KIND, meta))
