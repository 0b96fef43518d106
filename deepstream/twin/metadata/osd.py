"""What is drawn: rectangles, texts, lines, arrows, circles, masks. Pixels of the frame."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.metadata.enums import NvOSD_Arrow_Head_Direction
from deepstream.twin.metadata.record import CString, Record, anything, choice, part, real, whole

Corners = tuple[float, float, float, float]
END_HEAD = NvOSD_Arrow_Head_Direction.END_HEAD


class NvOSD_ColorParams(Record):
    """Each of 0..1."""

    red: float = real()
    green: float = real()
    blue: float = real()
    alpha: float = real()

    def set(self, red: float, green: float, blue: float, alpha: float) -> None:
        self.red, self.green, self.blue, self.alpha = red, green, blue, alpha

    @property
    def values(self) -> Corners:
        return self.red, self.green, self.blue, self.alpha


class NvOSD_FontParams(Record):
    font_name = CString()
    font_size: int = whole(signed=False)
    font_color: NvOSD_ColorParams = part(NvOSD_ColorParams)


class NvOSD_TextParams(Record):
    display_text = CString()
    x_offset: int = whole(signed=False)
    y_offset: int = whole(signed=False)
    font_params: NvOSD_FontParams = part(NvOSD_FontParams)
    set_bg_clr: int = whole()
    text_bg_clr: NvOSD_ColorParams = part(NvOSD_ColorParams)


class NvOSD_RectParams(Record):
    left: float = real()
    top: float = real()
    width: float = real()
    height: float = real()
    border_width: int = whole(signed=False)
    border_color: NvOSD_ColorParams = part(NvOSD_ColorParams)
    has_bg_color: int = whole(signed=False)
    reserved: int = whole(signed=False)
    bg_color: NvOSD_ColorParams = part(NvOSD_ColorParams)
    has_color_info: int = whole()
    color_id: int = whole()

    @property
    def corners(self) -> Corners:
        """Left, top, right, bottom."""
        return self.left, self.top, self.left + self.width, self.top + self.height


class NvOSD_LineParams(Record):
    x1: int = whole(signed=False)
    y1: int = whole(signed=False)
    x2: int = whole(signed=False)
    y2: int = whole(signed=False)
    line_width: int = whole(signed=False)
    line_color: NvOSD_ColorParams = part(NvOSD_ColorParams)


class NvOSD_ArrowParams(Record):
    x1: int = whole(signed=False)
    y1: int = whole(signed=False)
    x2: int = whole(signed=False)
    y2: int = whole(signed=False)
    arrow_width: int = whole(signed=False)
    arrow_head: NvOSD_Arrow_Head_Direction = choice(
        NvOSD_Arrow_Head_Direction, NvOSD_Arrow_Head_Direction.START_HEAD
    )
    arrow_color: NvOSD_ColorParams = part(NvOSD_ColorParams)
    reserved: int = whole(signed=False)


class NvOSD_CircleParams(Record):
    xc: int = whole(signed=False)
    yc: int = whole(signed=False)
    radius: int = whole(signed=False)
    circle_color: NvOSD_ColorParams = part(NvOSD_ColorParams)
    has_bg_color: int = whole(signed=False)
    bg_color: NvOSD_ColorParams = part(NvOSD_ColorParams)
    reserved: int = whole(signed=False)


class NvOSD_Color_info(Record):
    id: int = whole()
    color: NvOSD_ColorParams = part(NvOSD_ColorParams)


class NvOSD_MaskParams(Record):
    """A mask of the object's box: ``width`` x ``height`` values, drawn where over ``threshold``."""

    data: NDArray[np.float32] | None = anything()
    size: int = whole(signed=False)  # bytes
    threshold: float = real()
    width: int = whole(signed=False)
    height: int = whole(signed=False)

    def get_mask_array(self) -> Any:
        """float32 ``[width * height]``, the mask's own memory; ``None`` where there is no mask."""
        return None if self.data is None else self.data.reshape(-1)

    def alloc_mask_array(self) -> NDArray[np.float32]:
        """Make room for ``width`` x ``height`` values; gives them, all 0."""
        self.data = np.zeros(self.width * self.height, np.float32)
        self.size = self.data.nbytes
        return self.data
