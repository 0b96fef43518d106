"""One object of a frame."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from deepstream.twin.metadata.base_meta import Meta
from deepstream.twin.metadata.classifier import NvDsClassifierMeta
from deepstream.twin.metadata.enums import NvDsMetaType
from deepstream.twin.metadata.lists import GList
from deepstream.twin.metadata.osd import NvOSD_MaskParams, NvOSD_RectParams, NvOSD_TextParams
from deepstream.twin.metadata.record import Record, anything, numbers, part, real, text, whole
from deepstream.twin.metadata.user import NvDsUserMeta


class NvBbox_Coords(Record):
    left: float = real()
    top: float = real()
    width: float = real()
    height: float = real()

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return self.left, self.top, self.left + self.width, self.top + self.height


class NvDsComp_BboxInfo(Record):
    org_bbox_coords: NvBbox_Coords = part(NvBbox_Coords)


class NvDsObjectMeta(Meta):
    """``rect_params`` are the tracker's where there is one, else the detector's.

    ``classifiers`` and ``users`` are the lists that ``..._meta_list`` shows. A new object's
    ``object_id`` is 0, as NVIDIA's: whoever makes one says that it is ``UNTRACKED``.
    """

    kind = NvDsMetaType.NVDS_OBJ_META

    unique_component_id: int = whole()
    class_id: int = whole()
    object_id: int = whole(bits=64, signed=False)
    confidence: float = real()
    tracker_confidence: float = real()
    detector_bbox_info: NvDsComp_BboxInfo = part(NvDsComp_BboxInfo)
    tracker_bbox_info: NvDsComp_BboxInfo = part(NvDsComp_BboxInfo)
    rect_params: NvOSD_RectParams = part(NvOSD_RectParams)
    mask_params: NvOSD_MaskParams = part(NvOSD_MaskParams)
    text_params: NvOSD_TextParams = part(NvOSD_TextParams)
    obj_label: str = text()
    misc_obj_info: NDArray[Any] = numbers(4)
    reserved: NDArray[Any] = numbers(4)
    parent: NvDsObjectMeta | None = anything()
    classifiers: list[NvDsClassifierMeta] = part(list)
    users: list[NvDsUserMeta] = part(list)

    @property
    def classifier_meta_list(self) -> GList[NvDsClassifierMeta] | None:
        return self.shown(self.classifiers)

    @property
    def obj_user_meta_list(self) -> GList[NvDsUserMeta] | None:
        return self.shown(self.users)
