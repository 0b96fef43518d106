"""``nvdsanalytics``: regions, overcrowding, line crossings and directions into the metadata.

What counts is decided in ``deepstream.analytics``; here its findings become NVIDIA's metadata.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from deepstream.analytics import settings
from deepstream.analytics.overlays import Caption, Color, Stroke, overlays
from deepstream.analytics.rules import AnalyticsSettings
from deepstream.analytics.stream import FrameFindings, ObjectFindings, Seen, StreamAnalytics
from deepstream.twin.colors import BATCHED
from deepstream.twin.elements.nvmm import template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded, warn
from deepstream.twin.metadata import (
    NvDsDisplayMeta,
    NvDsFrameMeta,
    NvDsMetaType,
    NvDsObjectMeta,
    NvDsUserMeta,
    find,
)
from deepstream.twin.metadata.analytics import NvDsAnalyticsFrameMeta, NvDsAnalyticsObjInfo
from deepstream.twin.metadata.display import MOST
from deepstream.twin.metadata.memory import string_at
from deepstream.twin.metadata.osd import NvOSD_ColorParams, NvOSD_LineParams, NvOSD_TextParams
from train2edge.errors import InputError

FRAME_META = NvDsMetaType.NVDS_FRAME_META_NVDSANALYTICS
OBJECT_META = NvDsMetaType.NVDS_OBJ_META_NVDSANALYTICS


class Analytics(GstBase.BaseTransform):  # type: ignore[misc]
    """``config-file`` may be changed while the pipeline runs."""

    __gtype_name__ = "nvdsanalytics"
    __gstmetadata__ = ("Analytics", "Filter/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", BATCHED), template("src", BATCHED))

    unique_id = GObject.Property(type=GObject.TYPE_UINT, default=17)
    enable = GObject.Property(type=bool, default=True)
    config_file = GObject.Property(type=str, default="")

    def __init__(self) -> None:
        super().__init__()
        self.set_in_place(True)
        self.settings: AnalyticsSettings | None = None
        self.loaded = ""
        self.streams: dict[int, StreamAnalytics] = {}

    @guarded(False)
    def do_start(self) -> bool:
        self._load()
        return True

    def _load(self) -> AnalyticsSettings:
        """Read the file; everything that was counted is forgotten, as on the device."""
        if not self.config_file:
            raise InputError("nvdsanalytics needs config-file", where=self.get_name())
        self.settings, self.loaded = settings.read(Path(self.config_file)), self.config_file
        for note in self.settings.notes:
            warn(self, str(note))
        self.streams.clear()
        return self.settings

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None:
            raise RuntimeError("nvdsanalytics needs nvstreammux before it")
        rules = self.settings
        if rules is None or self.config_file != self.loaded:  # set while the pipeline runs
            rules = self._load()
        if self.enable and rules.enable:
            for frame in batch.frames:
                self._look(frame, rules)
        return Gst.FlowReturn.OK

    def _look(self, frame: NvDsFrameMeta, rules: AnalyticsSettings) -> None:
        stream = self.streams.get(frame.pad_index)
        if stream is None:
            size = frame.width, frame.height
            say = functools.partial(warn, self)
            stream = StreamAnalytics(rules, frame.pad_index, size, say)
            self.streams[frame.pad_index] = stream
        found = stream.frame(frame.buf_pts, [_seen(one) for one in frame.objects])
        for one, mine in zip(frame.objects, found.objects, strict=True):
            if mine:
                self._tell(one, mine, rules)
        frame.users.append(NvDsUserMeta.of(FRAME_META, _frame_meta(found, self.unique_id)))
        drawn = overlays(stream.rules, found, rules.osd_mode, object_counts=rules.display_obj_cnt)
        frame.displays += displays(drawn, rules.font_size)

    def _tell(self, one: NvDsObjectMeta, mine: ObjectFindings, rules: AnalyticsSettings) -> None:
        info = NvDsAnalyticsObjInfo(
            roiStatus=mine.regions,
            ocStatus=mine.crowds,
            lcStatus=mine.lines,
            dirStatus=mine.direction,
            unique_id=self.unique_id,
            objStatus=mine.status,
        )
        one.users.append(NvDsUserMeta.of(OBJECT_META, info))
        if rules.osd_mode == 2:
            _write(one, mine.status, rules.font_size)


def _seen(one: NvDsObjectMeta) -> Seen:
    rect = one.rect_params
    place = int(rect.left), int(rect.top), int(rect.width), int(rect.height)
    return Seen(one.object_id, one.class_id, *place)


def _frame_meta(found: FrameFindings, unique_id: int) -> NvDsAnalyticsFrameMeta:
    return NvDsAnalyticsFrameMeta(
        ocStatus=found.crowded,
        objInROIcnt=found.in_region,
        objLCCurrCnt=found.crossed_now,
        objLCCumCnt=found.crossed_ever,
        unique_id=unique_id,
        objCnt=found.counts,
    )


def _write(one: NvDsObjectMeta, status: str, font_size: int) -> None:
    """The status behind the label; in a region or on a line the border gets its opposite colour."""
    text, rect = string_at(one.text_params.display_text), one.rect_params
    if text:
        one.text_params.display_text = f"{text} {status}"
    else:
        place = max(0, int(rect.left)), max(0, int(rect.top - 10))
        one.text_params = _text(status, place, (1.0, 1.0, 1.0, 1.0), font_size)
    if "ROI:" in status or "LC:" in status:
        color = rect.border_color
        color.set(1 - color.red, 1 - color.green, 1 - color.blue, color.alpha)


def displays(drawn: Any, font_size: int) -> list[NvDsDisplayMeta]:
    """Captions and strokes in as few structures as there is room in."""
    made: list[NvDsDisplayMeta] = []
    for one in drawn:
        if not made or MOST in (made[-1].num_labels, made[-1].num_lines):
            made.append(NvDsDisplayMeta())
        display = made[-1]
        if isinstance(one, Caption):
            label = _text(one.text, one.place, one.color, font_size)
            display.text_params[display.num_labels] = label
            display.num_labels += 1
        else:
            display.line_params[display.num_lines] = _line(one)
            display.num_lines += 1
    return made


def _text(text: str, place: tuple[int, int], color: Color, font_size: int) -> NvOSD_TextParams:
    made = NvOSD_TextParams(x_offset=place[0], y_offset=place[1], set_bg_clr=1)
    made.display_text = text
    made.font_params.font_name, made.font_params.font_size = "Serif", font_size
    made.font_params.font_color.set(*color)
    made.text_bg_clr.set(0.0, 0.0, 0.0, 1.0)
    return made


def _line(stroke: Stroke) -> NvOSD_LineParams:
    (x1, y1), (x2, y2) = (tuple(max(0, one) for one in end) for end in (stroke.start, stroke.end))
    color = NvOSD_ColorParams(
        **dict(zip(("red", "green", "blue", "alpha"), stroke.color, strict=True))
    )
    return NvOSD_LineParams(x1=x1, y1=y1, x2=x2, y2=y2, line_width=2, line_color=color)


ELEMENT = Analytics
