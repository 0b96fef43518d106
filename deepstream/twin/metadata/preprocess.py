"""What nvdspreprocess makes for nvinfer: regions, and the tensor of all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.metadata.enums import NvDsDataType
from deepstream.twin.metadata.frame import NvDsFrameMeta
from deepstream.twin.metadata.lists import GList, first
from deepstream.twin.metadata.memory import Capsule
from deepstream.twin.metadata.objects import NvDsObjectMeta
from deepstream.twin.metadata.osd import NvOSD_RectParams
from deepstream.twin.metadata.record import Record, anything, choice, part, real, text, whole
from deepstream.twin.metadata.surface import NvBufSurfaceParams


class NvDsRoiMeta(Record):
    """One region. ``roi`` in pixels of the frame; scales and offsets as nvinfer's geometry."""

    roi: NvOSD_RectParams = part(NvOSD_RectParams)
    converted_buffer: NvBufSurfaceParams | None = anything()
    frame_meta: NvDsFrameMeta | None = anything()
    object_meta: NvDsObjectMeta | None = anything()
    scale_ratio_x: float = real()
    scale_ratio_y: float = real()
    offset_left: float = real()
    offset_top: float = real()
    classifiers: list[Any] = part(list)
    users: list[Any] = part(list)

    @property
    def classifier_meta_list(self) -> GList[Any] | None:
        return first(self.classifiers)

    @property
    def roi_user_meta_list(self) -> GList[Any] | None:
        return first(self.users)


class NvDsPreProcessTensorMeta(Record):
    """``tensor`` float32 ``[regions, channels, height, width]``, normalised."""

    tensor: NDArray[np.float32] | None = anything()
    data_type: NvDsDataType = choice(NvDsDataType, NvDsDataType.NvDsDataType_FP32)
    tensor_name: str = text()
    gpu_id: int = whole(signed=False)
    private_data: Any = anything()
    meta_id: int = whole(signed=False)
    maintain_aspect_ratio: int = whole()

    @property
    def raw_tensor_buffer(self) -> Capsule[Any] | None:
        return None if self.tensor is None else Capsule(self.tensor)

    @property
    def buffer_size(self) -> int:
        return 0 if self.tensor is None else self.tensor.nbytes

    @property
    def tensor_shape(self) -> list[int]:
        return [] if self.tensor is None else list(self.tensor.shape)


class GstNvDsPreProcessBatchMeta(Record):
    """User metadata of a batch: the tensor, a region for each of its rows, and who it is for."""

    target_unique_ids: list[int] = part(list)
    tensor_meta: NvDsPreProcessTensorMeta = part(NvDsPreProcessTensorMeta)
    regions: list[NvDsRoiMeta] = part(list)
    private_data: Any = anything()

    @property
    def roi_vector(self) -> list[NvDsRoiMeta]:
        return self.regions
