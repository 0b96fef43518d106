"""All shapes of one kind for one picture, as NVIDIA's drawing library takes them."""

from __future__ import annotations

from typing import Any

from deepstream.twin.metadata.enums import NvOSD_Mode
from deepstream.twin.metadata.record import Record, anything, choice, whole


class _Frame(Record):
    buf_ptr: Any = anything()
    mode: NvOSD_Mode = choice(NvOSD_Mode, NvOSD_Mode.MODE_CPU)


class NvOSD_FrameTextParams(_Frame):
    num_strings: int = whole()
    text_params_list: Any = anything()


class NvOSD_FrameRectParams(_Frame):
    num_rects: int = whole()
    rect_params_list: Any = anything()


class NvOSD_FrameLineParams(_Frame):
    num_lines: int = whole()
    line_params_list: Any = anything()


class NvOSD_FrameArrowParams(_Frame):
    num_arrows: int = whole()
    arrow_params_list: Any = anything()


class NvOSD_FrameCircleParams(_Frame):
    num_circles: int = whole()
    circle_params_list: Any = anything()
