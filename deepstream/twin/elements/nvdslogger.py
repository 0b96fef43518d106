"""``nvdslogger``: prints the frames a second of every stream, every so many seconds."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from deepstream.twin.elements.nvmm import template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import find


class Logger(GstBase.BaseTransform):  # type: ignore[misc]
    """Frames pass untouched. The rates are of each stream, now and since its first frame."""

    __gtype_name__ = "nvdslogger"
    __gstmetadata__ = ("Frame rate logger", "Filter", "train2edge twin", "train2edge")
    __gsttemplates__ = (
        template("sink", Gst.Caps.new_any()),
        template("src", Gst.Caps.new_any()),
    )

    fps_measurement_interval_sec = GObject.Property(type=GObject.TYPE_UINT, default=5)

    def __init__(self) -> None:
        super().__init__()
        self.set_passthrough(True)
        self.frames: Counter[int] = Counter()
        self.told: Counter[int] = Counter()
        self.first: dict[int, float] = {}
        self.told_at = 0.0

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch, now = find(buffer), time.monotonic()
        self.told_at = self.told_at or now
        for frame in batch.frames if batch else ():
            self.frames[frame.source_id] += 1
            self.first.setdefault(frame.source_id, now)
        if now - self.told_at >= self.fps_measurement_interval_sec:
            self._tell(now)
        return Gst.FlowReturn.OK

    def _tell(self, now: float) -> None:
        print("**PERF : " + "\t".join(self._rate(one, now) for one in sorted(self.frames)))
        self.told, self.told_at = Counter(self.frames), now

    def _rate(self, source: int, now: float) -> str:
        recent = (self.frames[source] - self.told[source]) / (now - self.told_at)
        whole = self.frames[source] / max(now - self.first[source], 1e-9)
        return f"FPS_{source} ({recent:.2f})\t({whole:.2f})"


ELEMENT = Logger
