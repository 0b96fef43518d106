"""A network's outputs: tensors and maps of classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.metadata.infer import (
    NvDsInferLayerInfo,
    NvDsInferSegmentationMeta,
    NvDsInferTensorMeta,
)
from deepstream.twin.metadata.memory import Capsule


def get_nvds_LayerInfo(arg0: Any, arg1: int) -> NvDsInferLayerInfo:
    return NvDsInferTensorMeta.cast(arg0).output_layers_info(arg1)


def get_detections(arg0: Any, arg1: int) -> float:
    """Number ``arg1`` of a layer's buffer, read as 32-bit floats."""
    tensor: NDArray[Any] = arg0.target if isinstance(arg0, Capsule) else arg0
    return float(tensor.reshape(-1).view(np.float32)[arg1])


def get_segmentation_masks(data: Any) -> NDArray[np.int32]:
    """The class of every pixel, int32 ``[height, width]``, -1 where there is none."""
    found = NvDsInferSegmentationMeta.cast(data)
    if found.classes_of is None:
        raise RuntimeError("the segmentation has no map of classes")
    return found.classes_of


def get_optical_flow_vectors(of_meta: Any) -> NDArray[np.float32]:
    raise RuntimeError("get_optical_flow_vectors: the CPU twin has no nvof")
