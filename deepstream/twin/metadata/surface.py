"""NVIDIA's description of picture memory. The twin's pictures lie in system memory, RGBA."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.metadata.enums import (
    NvBufSurfaceColorFormat,
    NvBufSurfaceLayout,
    NvBufSurfaceMemType,
)
from deepstream.twin.metadata.record import Record, anything, choice, part, whole

MAX_PLANES = 4  # NVBUF_MAX_PLANES
SYSTEM = NvBufSurfaceMemType.NVBUF_MEM_SYSTEM
RGBA = NvBufSurfaceColorFormat.NVBUF_COLOR_FORMAT_RGBA
PITCH = NvBufSurfaceLayout.NVBUF_LAYOUT_PITCH


def _planes() -> Any:
    return part(lambda: np.zeros(MAX_PLANES, np.uint32))


class NvBufSurfacePlaneParams(Record):
    num_planes: int = whole(1, signed=False)
    width: NDArray[np.uint32] = _planes()
    height: NDArray[np.uint32] = _planes()
    pitch: NDArray[np.uint32] = _planes()
    offset: NDArray[np.uint32] = _planes()
    psize: NDArray[np.uint32] = _planes()
    bytesPerPix: NDArray[np.uint32] = _planes()


class NvBufSurfaceMappedAddr(Record):
    addr: NDArray[np.uint64] = part(lambda: np.zeros(MAX_PLANES, np.uint64))
    eglImage: Any = anything()


class NvBufSurfaceParams(Record):
    """One picture; ``pixels`` is its memory, uint8 ``[height, width, 4]``."""

    width: int = whole(signed=False)
    height: int = whole(signed=False)
    pitch: int = whole(signed=False)
    colorFormat: NvBufSurfaceColorFormat = choice(NvBufSurfaceColorFormat, RGBA)
    layout: NvBufSurfaceLayout = choice(NvBufSurfaceLayout, PITCH)
    bufferDesc: int = whole(bits=64, signed=False)
    dataSize: int = whole(signed=False)
    pixels: NDArray[np.uint8] | None = anything()
    planeParams: NvBufSurfacePlaneParams = part(NvBufSurfacePlaneParams)
    mappedAddr: NvBufSurfaceMappedAddr = part(NvBufSurfaceMappedAddr)

    @property
    def dataPtr(self) -> int | None:
        return None if self.pixels is None else int(self.pixels.ctypes.data)


class NvBufSurface(Record):
    gpuId: int = whole(signed=False)
    batchSize: int = whole(signed=False)
    numFilled: int = whole(signed=False)
    isContiguous: bool = anything(False)
    memType: NvBufSurfaceMemType = choice(NvBufSurfaceMemType, SYSTEM)
    surfaces: list[NvBufSurfaceParams] = part(list)

    @property
    def surfaceList(self) -> NvBufSurfaceParams | None:
        """The first picture, as NVIDIA's binding reads this pointer."""
        return self.surfaces[0] if self.surfaces else None


class NvBufSurfaceCreateParams(Record):
    gpuId: int = whole(signed=False)
    width: int = whole(signed=False)
    height: int = whole(signed=False)
    size: int = whole(signed=False)
    isContiguous: bool = anything(False)
    colorFormat: NvBufSurfaceColorFormat = choice(NvBufSurfaceColorFormat, RGBA)
    layout: NvBufSurfaceLayout = choice(NvBufSurfaceLayout, PITCH)
    memType: NvBufSurfaceMemType = choice(NvBufSurfaceMemType, SYSTEM)
