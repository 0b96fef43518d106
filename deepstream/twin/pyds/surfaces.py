"""NVIDIA's picture memory, made by a script: here in system memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstream.twin.metadata.enums import NvBufSurfaceMemMapFlags
from deepstream.twin.metadata.surface import (
    RGBA,
    NvBufSurface,
    NvBufSurfaceCreateParams,
    NvBufSurfaceParams,
)

DONE, FAILED = 0, -1


def NvBufSurfaceCreate(surf: NvBufSurface, batchSize: int, params: NvBufSurfaceCreateParams) -> int:
    """Make ``batchSize`` black pictures; -1 for anything but RGBA."""
    if params.colorFormat != RGBA or batchSize < 1:
        return FAILED
    surf.batchSize, surf.numFilled, surf.gpuId = batchSize, 0, params.gpuId
    surf.surfaces = [_picture(params.width, params.height) for _ in range(batchSize)]
    return DONE


def _picture(width: int, height: int) -> NvBufSurfaceParams:
    pixels = np.zeros((height, width, 4), np.uint8)
    made = NvBufSurfaceParams(
        width=width, height=height, pitch=width * 4, dataSize=pixels.nbytes, pixels=pixels
    )
    planes = made.planeParams
    planes.width[0], planes.height[0], planes.pitch[0] = width, height, width * 4
    planes.psize[0], planes.bytesPerPix[0] = pixels.nbytes, 4
    return made


def NvBufSurfaceDestroy(surf: NvBufSurface) -> int:
    surf.surfaces = []
    surf.batchSize = surf.numFilled = 0
    return DONE


def _chosen(surf: NvBufSurface, index: int) -> list[NvBufSurfaceParams]:
    """The pictures that ``index`` means; -1 is all of them."""
    return surf.surfaces if index == -1 else surf.surfaces[index : index + 1]


def NvBufSurfaceMap(
    surf: NvBufSurface, index: int, plane: int, type: NvBufSurfaceMemMapFlags
) -> int:
    chosen = _chosen(surf, index)
    for one in chosen:
        one.mappedAddr.addr[0] = one.dataPtr or 0
    return DONE if chosen else FAILED


def NvBufSurfaceUnMap(surf: NvBufSurface, index: int, plane: int) -> int:
    chosen = _chosen(surf, index)
    for one in chosen:
        one.mappedAddr.addr[0] = 0
    return DONE if chosen else FAILED


def NvBufSurfaceCopy(srcSurf: NvBufSurface, dstSurf: NvBufSurface) -> int:
    pairs = list(zip(srcSurf.surfaces, dstSurf.surfaces, strict=False))
    same = all((a.width, a.height) == (b.width, b.height) for a, b in pairs)
    if len(dstSurf.surfaces) < len(srcSurf.surfaces) or not same:
        return FAILED
    for source, target in pairs:
        assert source.pixels is not None and target.pixels is not None
        target.pixels[:] = source.pixels
    return DONE


def NvBufSurfaceMemSet(surf: NvBufSurface, index: int, plane: int, value: int) -> int:
    chosen = _chosen(surf, index)
    for one in chosen:
        assert one.pixels is not None
        one.pixels[:] = value
    return DONE if chosen else FAILED


def NvBufSurfaceSyncForCpu(surf: NvBufSurface, index: int, plane: int) -> int:
    """Nothing to do in system memory."""
    return DONE


def NvBufSurfaceSyncForDevice(surf: NvBufSurface, index: int, plane: int) -> int:
    """Nothing to do in system memory."""
    return DONE


def NvBufSurfaceFromFd(dmabuf_fd: int, buffer: Any) -> int:
    return FAILED


def NvBufSurfaceMapEglImage(surf: NvBufSurface, index: int) -> int:
    return FAILED
