"""What a script wants to have drawn into a frame."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from deepstream.twin.metadata.base_meta import Meta
from deepstream.twin.metadata.enums import NvDsMetaType
from deepstream.twin.metadata.osd import (
    NvOSD_ArrowParams,
    NvOSD_CircleParams,
    NvOSD_LineParams,
    NvOSD_RectParams,
    NvOSD_TextParams,
)
from deepstream.twin.metadata.record import Record, numbers, part, whole

MOST = 16  # of each kind in one structure: MAX_ELEMENTS_IN_DISPLAY_META


def _room(kind: type[Record]) -> Any:
    return part(lambda: [kind() for _ in range(MOST)])


class NvDsDisplayMeta(Meta):
    """The first ``num_...`` of each list are drawn."""

    kind = NvDsMetaType.NVDS_DISPLAY_META

    num_rects: int = whole(signed=False)
    num_labels: int = whole(signed=False)
    num_lines: int = whole(signed=False)
    num_arrows: int = whole(signed=False)
    num_circles: int = whole(signed=False)
    rect_params: list[NvOSD_RectParams] = _room(NvOSD_RectParams)
    text_params: list[NvOSD_TextParams] = _room(NvOSD_TextParams)
    line_params: list[NvOSD_LineParams] = _room(NvOSD_LineParams)
    arrow_params: list[NvOSD_ArrowParams] = _room(NvOSD_ArrowParams)
    circle_params: list[NvOSD_CircleParams] = _room(NvOSD_CircleParams)
    misc_osd_data: NDArray[Any] = numbers(4)
    reserved: NDArray[Any] = numbers(4)
