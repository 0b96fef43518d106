"""A classifier's answer on a whole picture, or on one object, as a frame's one detection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import OutputContract
from train2edge.detections import FrameDetections
from train2edge.nvinfer.classification import classify
from train2edge.nvinfer.geometry import Geometry
from train2edge.nvinfer.layers import layers_of


def frame_classification(
    name: str,
    outputs: Mapping[str, NDArray[Any]],
    output: OutputContract,
    geometry: Geometry,
) -> FrameDetections:
    """The winner of the first tensor, its box what the network looked at; empty without a winner.

    ``outputs``: tensors of ONE picture by name, without the batch dimension.
    """
    found = classify(layers_of(outputs), output.classifier_threshold).attributes
    winner = next((one for one in found if one.index == 0), None)
    if winner is None:
        return FrameDetections.empty(name)
    seen = geometry.src
    box = (seen.left, seen.top, seen.left + seen.width, seen.top + seen.height)
    return FrameDetections(
        name,
        np.array([box], np.float32),
        np.array([winner.confidence], np.float32),
        np.array([winner.value], np.int32),
    )
