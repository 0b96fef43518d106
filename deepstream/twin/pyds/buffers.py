"""From a buffer's address: its batch, its pixels, how long it has been under way."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, find_at
from deepstream.twin.metadata.enums import NvDsMetaType
from deepstream.twin.metadata.pixels import pixels_at

# What NVIDIA's own elements ask for by these names has fixed numbers since DeepStream 7.
KNOWN_TYPES = {
    "NVIDIA.DSANALYTICSFRAME.USER_META": NvDsMetaType.NVDS_FRAME_META_NVDSANALYTICS,
    "NVIDIA.DSANALYTICSOBJ.USER_META": NvDsMetaType.NVDS_OBJ_META_NVDSANALYTICS,
}
_types: dict[str, int] = {}


def gst_buffer_get_nvds_batch_meta(buffer: int) -> NvDsBatchMeta | None:
    return find_at(buffer)


def nvds_get_user_meta_type(meta_descriptor: str) -> int:
    """The same number for the same name, above every number of NVIDIA's."""
    known = KNOWN_TYPES.get(meta_descriptor)
    if known is not None:
        return known
    first = NvDsMetaType.NVDS_START_USER_META + 1
    return _types.setdefault(meta_descriptor, first + len(_types))


def get_nvds_buf_surface(gst_buffer: int, batchID: int) -> NDArray[np.uint8]:
    """The pixels of the frame with this ``batch_id``, RGBA, in place: ``[height, width, 4]``."""
    frame = _frame(gst_buffer, batchID)
    try:
        return pixels_at(gst_buffer, batchID, frame.width, frame.height)
    except ValueError as error:
        raise RuntimeError(f"get_nvds_buf_surface: only RGBA is supported: {error}") from None


def get_nvds_buf_surface_gpu(gst_buffer: int, batchID: int) -> tuple[Any, ...]:
    raise RuntimeError("get_nvds_buf_surface_gpu: the CPU twin's pictures lie in no GPU's memory")


def unmap_nvds_buf_surface(gst_buffer: int, batchID: int) -> None:
    """Nothing to do: system memory needs no unmapping."""
    _frame(gst_buffer, batchID)


def _frame(gst_buffer: int, batch_id: int) -> NvDsFrameMeta:
    batch = find_at(gst_buffer)
    if batch is None:
        raise RuntimeError("the buffer holds no batch: it never went through nvstreammux")
    for frame in batch.frames:
        if frame.batch_id == batch_id:
            return frame
    raise RuntimeError(f"the batch has no frame {batch_id}")


def gst_buffer_add_nvds_meta(
    buffer: Any, meta_data: Any, user_data: Any, copy_func: Any, release_func: Any
) -> Any:
    raise RuntimeError(
        "gst_buffer_add_nvds_meta: a probe's buffer cannot take metadata in the CPU twin;"
        " use nvds_add_user_meta_to_batch"
    )


def nvds_measure_buffer_latency(buffer: int) -> int:
    """Print each frame's time since it came to the mux; the number of frames.

    0 unless ``NVDS_ENABLE_LATENCY_MEASUREMENT`` is 1, as NVIDIA's.
    """
    batch = find_at(buffer)
    if os.environ.get("NVDS_ENABLE_LATENCY_MEASUREMENT") != "1" or batch is None:
        return 0
    now = time.time_ns()
    for frame in batch.frames:
        latency = (now - frame.ntp_timestamp) / 1e6
        print(
            f"Source id = {frame.source_id} Frame_num = {frame.frame_num}"
            f" Frame latency = {latency:.3f} (ms)"
        )
    return len(batch.frames)
