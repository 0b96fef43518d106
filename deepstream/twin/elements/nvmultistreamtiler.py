"""``nvmultistreamtiler``: the frames of a batch side by side in one picture."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.twin.elements.resized import Resized
from deepstream.twin.gst import GObject, Gst
from deepstream.twin.metadata import (
    NvDsBatchMeta,
    NvDsDisplayMeta,
    NvDsFrameMeta,
    NvDsObjectMeta,
    attach,
)

Pixels = NDArray[np.uint8]


class Tiler(Resized):
    __gtype_name__ = "nvmultistreamtiler"
    __gstmetadata__ = ("Tiler", "Filter/Video", "train2edge twin", "train2edge")

    rows = GObject.Property(type=GObject.TYPE_UINT, default=1)
    columns = GObject.Property(type=GObject.TYPE_UINT, default=1)
    show_source = GObject.Property(type=int, default=-1)
    nvbuf_memory_type = GObject.Property(type=int, default=0)
    compute_hw = GObject.Property(type=int, default=0)
    buffer_pool_size = GObject.Property(type=GObject.TYPE_UINT, default=4)
    interpolation_method = GObject.Property(type=int, default=1)
    square_seq_grid = GObject.Property(type=bool, default=False)

    def __init__(self) -> None:
        super().__init__()
        self.canvas: Pixels | None = None
        self.seen: list[int] = []  # pads in the order of their first frames

    def made(self, buffer: Any, batch: NvDsBatchMeta) -> Any:
        if self._same(batch):
            return buffer
        tiled = batch.copy()
        tiled.frames = [frame for frame in tiled.frames if self._shown(frame)]
        out = self._picture(buffer, tiled)
        out.pts, out.duration = buffer.pts, buffer.duration
        self._move(tiled)
        attach(out, tiled)
        return out

    def _same(self, batch: NvDsBatchMeta) -> bool:
        """One source in one tile of its own size: the picture stays untouched."""
        frame = batch.frames[0]
        single = self.rows == self.columns == 1 and len(batch.frames) == 1
        return (
            single
            and self.colors.matrix is None
            and self._shown(frame)
            and (frame.width, frame.height) == (self.width, self.height)
        )

    def _shown(self, frame: NvDsFrameMeta) -> bool:
        """With ``show-source`` only that source has a picture and boxes."""
        if frame.pad_index not in self.seen:
            self.seen.append(frame.pad_index)
        return bool(self.show_source < 0 or frame.pad_index == self.show_source)

    def _tile(self, frame: NvDsFrameMeta) -> tuple[int, int, int, int]:
        """Left, top, width, height of the frame's tile; row by row, in the order of the pads."""
        rows, columns, place = self.rows, self.columns, frame.pad_index
        if self.show_source >= 0:
            rows, columns, place = 1, 1, 0
        elif self.square_seq_grid:
            rows = columns = math.ceil(math.sqrt(len(self.seen)))
            place = self.seen.index(place)
        width, height = self.width // columns, self.height // rows
        row, column = divmod(place, columns)
        return column * width, row * height, width, height

    def _picture(self, buffer: Any, batch: NvDsBatchMeta) -> Any:
        """A new buffer; the tile of a source that has ended keeps its last frame."""
        if self.canvas is None:
            self.canvas = np.zeros((self.height, self.width, 4), np.uint8)
            self.canvas[..., 3] = 255
        self._draw(self.canvas, buffer, batch)
        out = Gst.Buffer.new_allocate(None, self.canvas.size, None)
        with out.map(Gst.MapFlags.WRITE) as info:
            np.copyto(np.frombuffer(info.data, np.uint8).reshape(self.canvas.shape), self.canvas)
        return out

    def _draw(self, canvas: Pixels, buffer: Any, batch: NvDsBatchMeta) -> None:
        for frame in batch.frames:
            left, top, width, height = self._tile(frame)
            if top + height > self.height:
                continue  # more sources than tiles: deepstream-app does not show them either
            tile = canvas[top : top + height, left : left + width]
            source = self.colors.rgba(hash(buffer), frame.batch_id, frame.width, frame.height)
            cv2.resize(source, (width, height), dst=tile, interpolation=cv2.INTER_LINEAR)

    def _move(self, batch: NvDsBatchMeta) -> None:
        for frame in batch.frames:
            left, top, width, height = self._tile(frame)
            x, y = width / frame.width, height / frame.height
            for one in frame.objects:
                _move_object(one, x, y, left, top)
            for display in frame.displays:
                _move_display(display, x, y, left, top)
            frame.batch_id, frame.width, frame.height = 0, self.width, self.height
        batch.surfaces = 1


def _move_object(one: NvDsObjectMeta, x: float, y: float, left: int, top: int) -> None:
    rect, text = one.rect_params, one.text_params
    rect.left, rect.top = rect.left * x + left, rect.top * y + top
    rect.width, rect.height = rect.width * x, rect.height * y
    text.x_offset, text.y_offset = int(text.x_offset * x) + left, int(text.y_offset * y) + top


def _move_display(one: NvDsDisplayMeta, x: float, y: float, left: int, top: int) -> None:
    for rect in one.rect_params[: one.num_rects]:
        rect.left, rect.top = rect.left * x + left, rect.top * y + top
        rect.width, rect.height = rect.width * x, rect.height * y
    for text in one.text_params[: one.num_labels]:
        text.x_offset, text.y_offset = int(text.x_offset * x) + left, int(text.y_offset * y) + top
    lines: list[Any] = [*one.line_params[: one.num_lines], *one.arrow_params[: one.num_arrows]]
    for line in lines:
        line.x1, line.y1 = int(line.x1 * x) + left, int(line.y1 * y) + top
        line.x2, line.y2 = int(line.x2 * x) + left, int(line.y2 * y) + top
    for circle in one.circle_params[: one.num_circles]:
        circle.xc, circle.yc = int(circle.xc * x) + left, int(circle.yc * y) + top
        circle.radius = int(circle.radius * min(x, y))


ELEMENT = Tiler
