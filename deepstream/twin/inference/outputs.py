"""What becomes of a network's outputs, by its ``network-type``."""

from __future__ import annotations

from collections.abc import Callable

from deepstream.twin.inference import classes, detections, segments, tensors
from deepstream.twin.inference.network import Network, Outputs
from deepstream.twin.inference.target import Target
from train2edge.nvinfer.settings import CLASSIFIER, DETECTOR, INSTANCES, OTHER, SEGMENTATION


def _nothing(network: Network, target: Target, outputs: Outputs) -> None:
    """A network of type 100 speaks for itself, by ``output-tensor-meta``."""


BY_TYPE: dict[int, Callable[[Network, Target, Outputs], None]] = {
    DETECTOR: detections.attach,
    CLASSIFIER: classes.attach,
    SEGMENTATION: segments.attach,
    INSTANCES: detections.attach,
    OTHER: _nothing,
}


def attach(network: Network, target: Target, outputs: Outputs) -> None:
    BY_TYPE[network.settings.network_type](network, target, outputs)
    if network.settings.output_tensor_meta:
        tensors.attach(network, target.users, outputs)
