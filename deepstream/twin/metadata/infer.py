"""A network's outputs as nvinfer leaves them: layers, tensors, maps of classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.metadata.enums import NvDsInferDataType
from deepstream.twin.metadata.memory import Capsule
from deepstream.twin.metadata.record import Record, anything, choice, part, real, text, whole

MAX_DIMS = 8  # NVDSINFER_MAX_DIMS
KINDS = {
    np.dtype(np.float32): NvDsInferDataType.FLOAT,
    np.dtype(np.float16): NvDsInferDataType.HALF,
    np.dtype(np.int8): NvDsInferDataType.INT8,
    np.dtype(np.int32): NvDsInferDataType.INT32,
}


class NvDsInferDims(Record):
    """A layer's shape without the batch, in ``d[:numDims]``."""

    numDims: int = whole(signed=False)
    numElements: int = whole(signed=False)
    d: NDArray[np.uint32] = part(lambda: np.zeros(MAX_DIMS, np.uint32))


class NvDsInferDimsCHW(Record):
    c: int = whole(signed=False)
    h: int = whole(signed=False)
    w: int = whole(signed=False)


class NvDsInferLayerInfo(Record):
    """``tensor`` is the layer's memory, whose address ``get_ptr(layer.buffer)`` tells."""

    dataType: NvDsInferDataType = choice(NvDsInferDataType, NvDsInferDataType.FLOAT)
    inferDims: NvDsInferDims = part(NvDsInferDims)
    bindingIndex: int = whole()
    layerName: str = text()
    isInput: int = whole()
    tensor: NDArray[Any] | None = anything()

    @classmethod
    def of(cls, index: int, name: str, tensor: NDArray[Any]) -> NvDsInferLayerInfo:
        """The output ``name`` of one picture; ``TypeError`` for numbers nvinfer does not know."""
        kind = KINDS.get(tensor.dtype)
        if kind is None:
            raise TypeError(f"output {name} is of {tensor.dtype}, which nvinfer does not know")
        tensor = np.ascontiguousarray(tensor)
        dims = NvDsInferDims(numDims=tensor.ndim, numElements=tensor.size)
        dims.d[: tensor.ndim] = tensor.shape
        return cls(dataType=kind, inferDims=dims, bindingIndex=index, layerName=name, tensor=tensor)

    @property
    def dims(self) -> NvDsInferDims:
        return self.inferDims

    @property
    def buffer(self) -> Capsule[NDArray[Any]] | None:
        return None if self.tensor is None else Capsule(self.tensor)


class NvDsInferNetworkInfo(Record):
    width: int = whole(signed=False)
    height: int = whole(signed=False)
    channels: int = whole(signed=False)


class NvDsInferTensorMeta(Record):
    """The outputs for one frame or object; ``layers`` is what ``output_layers_info`` indexes."""

    unique_id: int = whole(signed=False)
    gpu_id: int = whole()
    network_info: NvDsInferNetworkInfo = part(NvDsInferNetworkInfo)
    maintain_aspect_ratio: int = whole()
    priv_data: Any = anything()
    layers: list[NvDsInferLayerInfo] = part(list)

    @property
    def num_output_layers(self) -> int:
        return len(self.layers)

    def output_layers_info(self, j: int) -> NvDsInferLayerInfo:
        return self.layers[j]

    @property
    def out_buf_ptrs_host(self) -> Capsule[list[Any]]:
        return Capsule([layer.tensor for layer in self.layers])

    @property
    def out_buf_ptrs_dev(self) -> Capsule[list[Any]]:
        return self.out_buf_ptrs_host


class NvDsInferSegmentationMeta(Record):
    """``classes_of`` int32 ``[height, width]``, -1 where no class; ``scores`` as the network's."""

    unique_id: int = whole(signed=False)
    classes: int = whole(signed=False)
    width: int = whole(signed=False)
    height: int = whole(signed=False)
    priv_data: Any = anything()
    classes_of: NDArray[np.int32] | None = anything()
    scores: NDArray[np.float32] | None = anything()

    @property
    def class_map(self) -> int | None:
        """The first pixel's class, as NVIDIA's binding reads this pointer."""
        return None if self.classes_of is None else int(self.classes_of.flat[0])

    @property
    def class_probabilities_map(self) -> float | None:
        """The first score, as NVIDIA's binding reads this pointer."""
        return None if self.scores is None else float(self.scores.flat[0])


class NvDsInferObjectDetectionInfo(Record):
    classId: int = whole(signed=False)
    left: float = real()
    top: float = real()
    width: float = real()
    height: float = real()
    detectionConfidence: float = real()


class NvDsInferAttribute(Record):
    attributeIndex: int = whole(signed=False)
    attributeValue: int = whole(signed=False)
    attributeConfidence: float = real()
    attributeLabel: str = text()

    @property
    def atttributeIndex(self) -> int:
        """Spelt so in NVIDIA's binding, beside the right one."""
        return self.attributeIndex
