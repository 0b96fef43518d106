"""``nvdslogger``: prints the frames a second of every stream, and how long frames were under way.

In NVIDIA's form (DeepStream 9.1, ``gstnvdslogger.c``). Two things are its own: ``show-fps`` is on
unless it is switched off, as in the releases before 9, which had no such property; and a frame's
latency counts from the mux, where the metadata's time comes from, not from the decoder.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from deepstream.twin.elements.nvmm import template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import NvDsBatchMeta, find


class Logger(GstBase.BaseTransform):  # type: ignore[misc]
    """Frames pass untouched."""

    __gtype_name__ = "nvdslogger"
    __gstmetadata__ = ("Frame rate logger", "Filter", "train2edge twin", "train2edge")
    __gsttemplates__ = (
        template("sink", Gst.Caps.new_any()),
        template("src", Gst.Caps.new_any()),
    )

    fps_measurement_interval_sec = GObject.Property(type=GObject.TYPE_UINT, default=5)
    show_fps = GObject.Property(type=bool, default=True)
    show_latency = GObject.Property(type=bool, default=False)

    def __init__(self) -> None:
        super().__init__()
        self.set_passthrough(True)
        self.frames: Counter[int] = Counter()  # by pad, since they were told of last
        self.told_at = 0.0
        self.batches = 0

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is not None:
            self._count(batch)
            if self.show_latency:
                self._tell_latency(batch)
        return Gst.FlowReturn.OK

    def _count(self, batch: NvDsBatchMeta) -> None:
        now = time.monotonic()
        if not self.told_at:
            self.told_at = now
        for frame in batch.frames:
            self.frames[frame.pad_index] += 1
        passed = now - self.told_at
        if passed >= max(self.fps_measurement_interval_sec, 1e-3):
            if self.show_fps:
                counted = sorted(self.frames.items())
                rates = (f"FPS_{pad} ({count / passed:.2f})\t" for pad, count in counted)
                print("**PERF : " + "".join(rates), flush=True)
            # A pad that gave nothing since stays, with no frame.
            self.frames, self.told_at = Counter(dict.fromkeys(self.frames, 0)), now

    def _tell_latency(self, batch: NvDsBatchMeta) -> None:
        now = time.time_ns()
        print(f"************BATCH-NUM = {self.batches}**************")
        self.batches += 1
        for frame in batch.frames:
            late = (now - frame.ntp_timestamp) / 1e6
            print(
                f"Source id = {frame.source_id} Frame_num = {frame.frame_num} "
                f"Frame latency = {late:f} (ms) "
            )


ELEMENT = Logger
