"""One frame of a batch."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from deepstream.twin.metadata.base_meta import Meta
from deepstream.twin.metadata.display import NvDsDisplayMeta
from deepstream.twin.metadata.enums import NvDsMetaType
from deepstream.twin.metadata.lists import GList
from deepstream.twin.metadata.objects import NvDsObjectMeta
from deepstream.twin.metadata.record import numbers, part, whole
from deepstream.twin.metadata.user import NvDsUserMeta


class NvDsFrameMeta(Meta):
    """``objects``, ``displays`` and ``users`` are the lists that ``..._meta_list`` shows.

    ``batch_id`` is the index of the frame's memory in the buffer; ``width`` and ``height``, the
    twin's own, are of the picture in it.
    """

    kind = NvDsMetaType.NVDS_FRAME_META

    pad_index: int = whole(signed=False)
    batch_id: int = whole(signed=False)
    frame_num: int = whole()
    buf_pts: int = whole(bits=64, signed=False)
    ntp_timestamp: int = whole(bits=64, signed=False)
    source_id: int = whole(signed=False)
    num_surfaces_per_frame: int = whole(1)
    source_frame_width: int = whole(signed=False)
    source_frame_height: int = whole(signed=False)
    surface_type: int = whole(signed=False)
    surface_index: int = whole(signed=False)
    bInferDone: int = whole()
    misc_frame_info: NDArray[Any] = numbers(4)
    reserved: NDArray[Any] = numbers(4)
    width: int = whole(signed=False)
    height: int = whole(signed=False)
    objects: list[NvDsObjectMeta] = part(list)
    displays: list[NvDsDisplayMeta] = part(list)
    users: list[NvDsUserMeta] = part(list)

    @property
    def num_obj_meta(self) -> int:
        return len(self.objects)

    @property
    def obj_meta_list(self) -> GList[NvDsObjectMeta] | None:
        return self.shown(self.objects)

    @property
    def display_meta_list(self) -> GList[NvDsDisplayMeta] | None:
        return self.shown(self.displays)

    @property
    def frame_user_meta_list(self) -> GList[NvDsUserMeta] | None:
        return self.shown(self.users)

    def copy(self) -> NvDsFrameMeta:
        """With its objects, whose parents are among the copies."""
        twin: NvDsFrameMeta = super().copy()
        copies = {id(old): new for old, new in zip(self.objects, twin.objects, strict=True)}
        for one in twin.objects:
            if one.parent is not None:
                one.parent = copies.get(id(one.parent))
        return twin
