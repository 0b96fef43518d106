"""From a buffer to plain frames, by what every ``pyds`` from 1.1.10 to 1.2.2 has.

``pyds`` is NVIDIA's own, or the one that ``deepstream.twin.pyds`` puts in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.app.frame import Box, Classified, Counts, Found, Frame, Track
from train2edge.detections import UNTRACKED

NO_TIME = 2**64 - 1  # GST_CLOCK_TIME_NONE
FRAME = "NVIDIA.DSANALYTICSFRAME.USER_META"
OBJECT = "NVIDIA.DSANALYTICSOBJ.USER_META"
JETSON = Path("/etc/nv_tegra_release")


def frames_of(buffer: Any, *, pictures: bool = False) -> Iterator[Frame]:
    """The frames of a ``Gst.Buffer`` of NVIDIA's mux; none if it never passed one.

    ``pictures``: with a copy of each picture; ``RuntimeError`` where the buffer is not RGBA that
    the CPU can read.
    """
    import pyds

    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    if batch is None:
        return
    for meta in items(batch.frame_meta_list, pyds.NvDsFrameMeta.cast):
        yield _frame(meta, _picture(buffer, meta.batch_id) if pictures else None)


def items(node: Any, cast: Callable[[Any], Any]) -> Iterator[Any]:
    """What a list of ``pyds`` holds. It ends with ``None`` or, as some say, StopIteration."""
    while node is not None:
        try:
            item = cast(node.data)
        except StopIteration:
            return
        node = _next(node)
        yield item


def _next(node: Any) -> Any:
    try:
        return node.next
    except StopIteration:
        return None


def _frame(meta: Any, picture: NDArray[np.uint8] | None) -> Frame:
    import pyds

    return Frame(
        source=meta.pad_index,
        number=meta.frame_num,
        pts=None if meta.buf_pts == NO_TIME else meta.buf_pts,
        size=(meta.source_frame_width, meta.source_frame_height),
        objects=tuple(_found(one) for one in items(meta.obj_meta_list, pyds.NvDsObjectMeta.cast)),
        counts=_counts(meta),
        picture=picture,
    )


def _counts(meta: Any) -> Counts | None:
    import pyds

    for found in _users(meta.frame_user_meta_list, FRAME, pyds.NvDsAnalyticsFrameMeta):
        return Counts(
            regions=dict(found.objInROIcnt),
            crowded=dict(found.ocStatus),
            crossed=dict(found.objLCCurrCnt),
            crossed_in_all=dict(found.objLCCumCnt),
        )
    return None


def _users(node: Any, kind: str, structure: Any) -> Iterator[Any]:
    """What an element attached under the name ``kind``."""
    import pyds

    wanted = pyds.nvds_get_user_meta_type(kind)
    for meta in items(node, pyds.NvDsUserMeta.cast):
        if meta.base_meta.meta_type == wanted:
            yield structure.cast(meta.user_meta_data)


def _found(meta: Any) -> Found:
    import pyds

    users = _users(meta.obj_user_meta_list, OBJECT, pyds.NvDsAnalyticsObjInfo)
    analysed = next(users, None)
    return Found(
        label=meta.obj_label,
        class_id=meta.class_id,
        score=meta.confidence,
        box=_box(meta.rect_params),
        network=meta.unique_component_id,
        track=_track(meta),
        labels=tuple(_classified(meta)),
        **(_analysed(analysed) if analysed else {}),
    )


def _analysed(found: Any) -> dict[str, Any]:
    return {
        "regions": tuple(found.roiStatus),
        "lines": tuple(found.lcStatus),
        "direction": found.dirStatus.strip().removeprefix("DIR:"),
    }


def _track(meta: Any) -> Track | None:
    if meta.object_id == UNTRACKED:
        return None
    return Track(
        meta.object_id, _box(meta.tracker_bbox_info.org_bbox_coords), meta.tracker_confidence
    )


def _classified(meta: Any) -> Iterator[Classified]:
    import pyds

    for one in items(meta.classifier_meta_list, pyds.NvDsClassifierMeta.cast):
        for label in items(one.label_info_list, pyds.NvDsLabelInfo.cast):
            yield Classified(
                label.result_label,
                label.result_class_id,
                label.result_prob,
                one.unique_component_id,
            )


def _box(of: Any) -> Box:
    return Box(of.left, of.top, of.width, of.height)


def _picture(buffer: Any, batch_id: int) -> NDArray[np.uint8]:
    import pyds

    surface = pyds.get_nvds_buf_surface(hash(buffer), batch_id)
    copied = np.array(surface, np.uint8, copy=True, order="C")
    if JETSON.exists():  # there the surface is mapped by every call; elsewhere it is not
        pyds.unmap_nvds_buf_surface(hash(buffer), batch_id)
    return copied
