"""A new object as nvinfer makes it (``gstnvinfer_meta_utils.cpp``): box, label, how it is drawn."""

from __future__ import annotations

from deepstream.twin.metadata.objects import NvBbox_Coords, NvDsComp_BboxInfo, NvDsObjectMeta
from deepstream.twin.metadata.osd import (
    NvOSD_ColorParams,
    NvOSD_FontParams,
    NvOSD_RectParams,
    NvOSD_TextParams,
)
from train2edge.detections import UNTRACKED

BORDER = 3  # pixels
FONT, SIZE = "Serif", 11
ABOVE = 10  # pixels between the top of the box and that of its text


def detected(
    box: tuple[float, float, float, float],
    class_id: int,
    label: str,
    confidence: float,
    component: int = 1,
) -> NvDsObjectMeta:
    """An untracked object at ``box``, left, top, width, height in pixels of the frame."""
    left, top, width, height = box
    coordinates = NvBbox_Coords(left=left, top=top, width=width, height=height)
    return NvDsObjectMeta(
        unique_component_id=component,
        class_id=class_id,
        object_id=UNTRACKED,
        confidence=confidence,
        obj_label=label,
        detector_bbox_info=NvDsComp_BboxInfo(org_bbox_coords=coordinates),
        rect_params=NvOSD_RectParams(
            left=left,
            top=top,
            width=width,
            height=height,
            border_width=BORDER,
            border_color=NvOSD_ColorParams(red=1.0, alpha=1.0),
        ),
        text_params=_text(label, left, top),
    )


def _text(label: str, left: float, top: float) -> NvOSD_TextParams:
    """White on black, above the box; at its top where that is outside of the frame."""
    white = NvOSD_ColorParams(red=1.0, green=1.0, blue=1.0, alpha=1.0)
    font = NvOSD_FontParams(font_size=SIZE, font_color=white)
    font.font_name = FONT
    text = NvOSD_TextParams(
        x_offset=max(0, int(left)),
        y_offset=max(0, int(top) - ABOVE),
        font_params=font,
        set_bg_clr=1,
        text_bg_clr=NvOSD_ColorParams(alpha=1.0),
    )
    text.display_text = label
    return text
