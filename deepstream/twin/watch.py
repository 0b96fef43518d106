"""What is seen of a running pipeline: frames of every stream, KITTI files, frames a second."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from deepstream.twin.gst import Gst
from deepstream.twin.guard import post
from deepstream.twin.metadata import NvDsBatchMeta, find

Seen = Callable[[NvDsBatchMeta], None]


def on_batches(element: Any, seen: Seen) -> None:
    """Call ``seen`` with the metadata of every buffer that leaves ``element``."""

    def probe(_pad: Any, info: Any) -> Any:
        try:
            batch = find(info.get_buffer())
            if batch is not None:
                seen(batch)
        except Exception as error:
            post(element, error)
            return Gst.PadProbeReturn.REMOVE
        return Gst.PadProbeReturn.OK

    element.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, probe)


class Meter:
    """Counts the frames of ``streams`` streams; times are of a monotonic clock, seconds."""

    def __init__(self, streams: int) -> None:
        self.streams = streams
        self.frames: Counter[int] = Counter()
        self.objects = 0
        self.first: float | None = None
        self.last = 0.0
        self.cpu = (0.0, 0.0)  # seconds of this process at the first batch and at the last
        self._told: Counter[int] = Counter()
        self._told_at = 0.0
        self._lines = 0

    def count(self, batch: NvDsBatchMeta) -> None:
        self.last, spent = time.monotonic(), time.process_time()
        if self.first is None:
            self.first = self._told_at = self.last
            self.cpu = (spent, spent)
        self.cpu = (self.cpu[0], spent)
        for frame in batch.frames:
            self.frames[frame.pad_index] += 1
            self.objects += len(frame.objects)

    @property
    def total(self) -> int:
        return self.frames.total()

    @property
    def seconds(self) -> float:
        """From the first batch to the last: the network's loading is not in it."""
        return self.last - self.first if self.first is not None else 0.0

    @property
    def cpu_seconds(self) -> float:
        """What all cores together spent on this process between those two batches."""
        return self.cpu[1] - self.cpu[0]

    def rates(self) -> tuple[float, ...]:
        """Frames a second of each stream over the whole run."""
        seconds = max(self.seconds, 1e-9)
        return tuple(
            (self.frames[number] - 1) / seconds if self.frames[number] > 1 else 0.0
            for number in range(self.streams)
        )

    def tell(self, interval: float) -> None:
        """Print a ``**PERF:`` line as deepstream-app does, every ``interval`` seconds."""
        now = time.monotonic()
        if self.first is None or now - self._told_at < interval:
            return
        if self._lines % 20 == 0:
            heads = "\t".join(f"FPS {number} (Avg)" for number in range(self.streams))
            print(f"\n**PERF:  {heads}", file=sys.stderr)
        seconds, whole = now - self._told_at, now - self.first
        columns = (
            f"{(self.frames[n] - self._told[n]) / seconds:.2f} ({self.frames[n] / whole:.2f})"
            for n in range(self.streams)
        )
        print("**PERF:  " + "\t".join(columns), file=sys.stderr)
        self._told, self._told_at = Counter(self.frames), now
        self._lines += 1
