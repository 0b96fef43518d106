"""``nvdspreprocess``: regions of frames, or objects, as ready tensors for nvinfer.

Which parts there are and what becomes of them is decided in ``deepstream.preprocess``; nvinfer
takes the tensors with ``input-tensor-meta=true``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2

from deepstream.preprocess import settings
from deepstream.preprocess.groups import PreprocessSettings
from deepstream.preprocess.tensor import tensor
from deepstream.preprocess.units import Selection, Thing, Unit, View
from deepstream.twin.colors import BATCHED, Colors
from deepstream.twin.elements.nvmm import template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded, warn
from deepstream.twin.metadata import (
    NvDsBatchMeta,
    NvDsDisplayMeta,
    NvDsFrameMeta,
    NvDsMetaType,
    NvDsUserMeta,
    find,
)
from deepstream.twin.metadata.enums import NvDsDataType
from deepstream.twin.metadata.osd import NvOSD_RectParams
from deepstream.twin.metadata.preprocess import (
    GstNvDsPreProcessBatchMeta,
    NvDsPreProcessTensorMeta,
    NvDsRoiMeta,
)
from train2edge.errors import InputError
from train2edge.nvinfer.geometry import Rect

BORDER = 2  # pixels of a drawn region


class Preprocess(GstBase.BaseTransform):  # type: ignore[misc]
    """A property that is set comes before the file's key of the same name."""

    __gtype_name__ = "nvdspreprocess"
    __gstmetadata__ = ("Preprocessing", "Filter/Video", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink", BATCHED), template("src", BATCHED))

    config_file = GObject.Property(type=str, default="")
    unique_id = GObject.Property(type=GObject.TYPE_UINT, default=15)
    enable = GObject.Property(type=bool, default=True)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    process_on_frame = GObject.Property(type=bool, default=True)
    operate_on_gie_id = GObject.Property(type=int, default=-1)
    target_unique_ids = GObject.Property(type=str, default="", nick="3;4;5")

    def __init__(self) -> None:
        super().__init__()
        self.set_in_place(True)
        self.colors = Colors()
        self.settings: PreprocessSettings | None = None
        self.selection: Selection | None = None
        self.targets: list[int] = []
        self.made = 0

    @guarded(False)
    def do_start(self) -> bool:
        if not self.config_file:
            raise InputError("nvdspreprocess needs config-file", where=self.get_name())
        self.settings = settings.read(Path(self.config_file))
        for note in self.settings.notes:
            warn(self, str(note))
        self.selection = Selection(self.settings)
        self.targets = self._targets() or list(self.settings.targets)
        return True

    def _targets(self) -> list[int]:
        parts = [one.strip() for one in self.target_unique_ids.split(";") if one.strip()]
        if not all(one.isdigit() for one in parts):
            message = f"target-unique-ids='{self.target_unique_ids}' is not numbers with ';'"
            raise InputError(message, where=self.get_name())
        return [int(one) for one in parts]

    @guarded(False)
    def do_set_caps(self, caps: Any, _out: Any) -> bool:
        self.colors.take(caps)
        return True

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None:
            raise RuntimeError("nvdspreprocess needs nvstreammux before it")
        assert self.settings is not None
        assert self.selection is not None
        if self.enable and self.settings.enable:
            units = self.selection.of([_view(frame) for frame in batch.frames])
            pictures = {unit.frame: self._rgb(buffer, batch.frames[unit.frame]) for unit in units}
            for start in range(0, len(units), self.settings.batch):
                self._attach(batch, units[start : start + self.settings.batch], pictures)
        return Gst.FlowReturn.OK

    def _rgb(self, buffer: Any, frame: NvDsFrameMeta) -> Any:
        pixels = self.colors.rgba(hash(buffer), frame.batch_id, frame.width, frame.height)
        return cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB)

    def _attach(
        self, batch: NvDsBatchMeta, units: Sequence[Unit], pictures: dict[int, Any]
    ) -> None:
        assert self.settings is not None
        rules = self.settings
        made = tensor([(pictures[unit.frame], unit.geometry) for unit in units], rules)
        kind = NvDsDataType.NvDsDataType_FP16 if rules.half else NvDsDataType.NvDsDataType_FP32
        about = NvDsPreProcessTensorMeta(
            tensor=made,
            data_type=kind,
            tensor_name=rules.contract.tensor,
            meta_id=self.made,
            maintain_aspect_ratio=int(rules.contract.maintain_aspect_ratio),
        )
        self.made += 1
        meta = GstNvDsPreProcessBatchMeta(
            target_unique_ids=self.targets,
            tensor_meta=about,
            regions=[_region(unit, batch) for unit in units],
            private_data=[unit.geometry for unit in units],
        )
        batch.users.append(NvDsUserMeta.of(NvDsMetaType.NVDS_PREPROCESS_BATCH_META, meta))
        for unit in units:
            if unit.draw is not None:
                batch.frames[unit.frame].displays.append(_outline(unit))


def _view(frame: NvDsFrameMeta) -> View:
    things = [
        Thing(
            Rect(
                one.rect_params.left,
                one.rect_params.top,
                one.rect_params.width,
                one.rect_params.height,
            ),
            one.class_id,
            one.unique_component_id,
        )
        for one in frame.objects
    ]
    return View(frame.source_id, frame.width, frame.height, things)


def _region(unit: Unit, batch: NvDsBatchMeta) -> NvDsRoiMeta:
    frame = batch.frames[unit.frame]
    return NvDsRoiMeta(
        roi=_rect(unit.area),
        frame_meta=frame,
        object_meta=None if unit.thing is None else frame.objects[unit.thing],
        scale_ratio_x=unit.geometry.ratio_x,
        scale_ratio_y=unit.geometry.ratio_y,
        offset_left=float(unit.geometry.offset_left),
        offset_top=float(unit.geometry.offset_top),
    )


def _rect(area: Rect) -> NvOSD_RectParams:
    return NvOSD_RectParams(left=area.left, top=area.top, width=area.width, height=area.height)


def _outline(unit: Unit) -> NvDsDisplayMeta:
    display = NvDsDisplayMeta(num_rects=1)
    rect = display.rect_params[0] = _rect(unit.area)
    rect.border_width = BORDER
    rect.border_color.set(*(unit.draw or (0.0, 1.0, 0.0, 1.0)))
    return display


ELEMENT = Preprocess
