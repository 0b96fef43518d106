"""What nvinfer makes of a network's outputs: one ready function a task, from its settings.

``outputs`` are the tensors of ONE picture by name, in binding order, without the batch dimension;
``size`` is width, height of the network input, needed where the settings have no ``infer-dims``.
What the settings ask for and cannot be done is refused when the function is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train2edge.errors import InputError
from train2edge.nvinfer import labels
from train2edge.nvinfer.classification import Classification, classify
from train2edge.nvinfer.layers import Network, layers_of
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.postprocess import detect
from train2edge.nvinfer.segmentation import SegmentationMap, people_sem_seg_net, segment
from train2edge.nvinfer.settings import (
    CLASSIFIER,
    DETECTOR,
    INSTANCES,
    OTHER,
    SEGMENTATION,
    InferSettings,
)

Outputs = Mapping[str, NDArray[Any]]
Size = tuple[int, int]
Found = Objects | Classification | SegmentationMap | None
PEOPLE_SEM_SEG_NET = "NvDsInferParseCustomPeopleSemSegNet"


def detector(settings: InferSettings, size: Size | None = None) -> Callable[[Outputs], Objects]:
    """Boxes in network pixels, grouped by class; with ``masks`` for an instance segmentation.

    ``frame_filter.to_frame`` takes them to the frame.
    """
    contract = settings.contract(size)
    return lambda outputs: detect(outputs, contract)


def classifier(
    settings: InferSettings, size: Size | None = None
) -> Callable[[Outputs], Classification]:
    """One attribute an output tensor, and the label nvinfer writes beside the object."""
    if settings.parse_classifier_func_name:
        raise _refusal(settings, "parse-classifier-func-name", settings.parse_classifier_func_name)
    table = labels.read(settings.labelfile_path) if settings.labelfile_path else ()
    return lambda outputs: classify(layers_of(outputs), settings.classifier_threshold, table)


def segmenter(
    settings: InferSettings, size: Size | None = None
) -> Callable[[Outputs], SegmentationMap]:
    """The class of every pixel of the network input."""
    network = Network(*_size(settings, size), settings.channels)
    classes, function = settings.num_detected_classes, settings.parse_segmentation_func_name
    if function == PEOPLE_SEM_SEG_NET:
        return lambda outputs: SegmentationMap(
            people_sem_seg_net(layers_of(outputs), network), classes, None
        )
    if function:
        raise _refusal(settings, "parse-segmentation-func-name", function)
    last = bool(settings.segmentation_output_order)

    def read(outputs: Outputs) -> SegmentationMap:
        layers = layers_of(outputs)
        threshold = settings.segmentation_threshold
        found = segment(layers, network, classes, threshold, channels_last=last)
        return SegmentationMap(found, classes, np.asarray(layers[0].data))

    return read


def nothing(settings: InferSettings, size: Size | None = None) -> Callable[[Outputs], None]:
    """network-type 100: nvinfer hands on the tensors and says nothing."""
    return lambda outputs: None


BY_TYPE: dict[int, Callable[[InferSettings, Size | None], Callable[[Outputs], Found]]] = {
    DETECTOR: detector,
    CLASSIFIER: classifier,
    SEGMENTATION: segmenter,
    INSTANCES: detector,
    OTHER: nothing,
}


def reader(settings: InferSettings, size: Size | None = None) -> Callable[[Outputs], Found]:
    """The function of the settings' ``network-type``."""
    return BY_TYPE[settings.network_type](settings, size)


def _size(settings: InferSettings, size: Size | None) -> Size:
    found = settings.network_size or size
    if found is None:
        raise InputError(
            "the size of the network's input is not known",
            where=str(settings.path),
            hint="write infer-dims=channels;height;width",
        )
    return found


def _refusal(settings: InferSettings, key: str, function: str) -> InputError:
    message = f"{key}: {function} is not one of DeepStream's that are known here"
    return InputError(message, where=str(settings.path))
