"""What becomes of a network's outputs: each kind of finding has its place in the metadata."""

from __future__ import annotations

from deepstream.twin.inference import classes, detections, segments, tensors
from deepstream.twin.inference.network import Network, Outputs
from deepstream.twin.inference.target import Target
from train2edge.nvinfer.classification import Classification
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.segmentation import SegmentationMap
from train2edge.nvinfer.tasks import Found


def attach(network: Network, target: Target, outputs: Outputs) -> Found:
    """Read ``outputs`` and attach what they say; gives it back."""
    found = network.read(outputs)
    if isinstance(found, Objects):
        detections.attach(network, target, found)
    elif isinstance(found, Classification):
        classes.attach(network, target, found)
    elif isinstance(found, SegmentationMap):
        segments.attach(network, target, found)
    if network.settings.output_tensor_meta:
        tensors.attach(network, target.users, outputs)
    return found
