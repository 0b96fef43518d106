"""What a tracker remembers: targets that are no longer seen, frame by frame; re-identification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.metadata.osd import NvOSD_RectParams
from deepstream.twin.metadata.record import Record, part, real, text, whole


class NvDsTargetMiscDataFrame(Record):
    frameNum: int = whole(signed=False)
    tBbox: NvOSD_RectParams = part(NvOSD_RectParams)
    confidence: float = real()
    age: int = whole(signed=False)


class NvDsTargetMiscDataObject(Record):
    uniqueId: int = whole(bits=64, signed=False)
    classId: int = whole(signed=False)
    objLabel: str = text()
    items: list[NvDsTargetMiscDataFrame] = part(list)

    @property
    def numObj(self) -> int:
        return len(self.items)

    def list(self) -> Iterator[NvDsTargetMiscDataFrame]:
        return iter(self.items)


class _Filled(Record):
    """A list that NVIDIA allocates once and fills anew; here it holds what is in it."""

    items: list[Any] = part(list)

    @property
    def numAllocated(self) -> int:
        return len(self.items)

    @property
    def numFilled(self) -> int:
        return len(self.items)


class NvDsTargetMiscDataStream(_Filled):
    streamID: int = whole(signed=False)
    surfaceStreamID: int = whole(bits=64, signed=False)
    items: list[NvDsTargetMiscDataObject] = part(list)

    def list(self) -> Iterator[NvDsTargetMiscDataObject]:
        return iter(self.items)


class NvDsTargetMiscDataBatch(_Filled):
    items: list[NvDsTargetMiscDataStream] = part(list)

    def list(self) -> Iterator[NvDsTargetMiscDataStream]:
        return iter(self.items)


# The names of DeepStream 6: pyds 1.1 casts the same memory to them.
NvDsPastFrameObjList = NvDsTargetMiscDataObject
NvDsPastFrameObjStream = NvDsTargetMiscDataStream
NvDsPastFrameObjBatch = NvDsTargetMiscDataBatch


class NvDsObjReid(Record):
    vector: NDArray[np.float32] = part(lambda: np.zeros(0, np.float32))

    @property
    def featureSize(self) -> int:
        return int(self.vector.size)

    def get_host_reid_vector(self) -> NDArray[np.float32]:
        return self.vector
