"""What is seen of a running pipeline: frames of every stream, KITTI files, frames a second."""

from __future__ import annotations

import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from deepstream.twin.gst import Gst
from deepstream.twin.guard import guarded_by
from deepstream.twin.metadata import NvDsBatchMeta, find
from deepstream.twin.tally import Tallies

WINDOW = 2.0  # seconds that a rate is taken of
LONGEST = 1000  # frames that are remembered of a stream

Seen = Callable[[NvDsBatchMeta], None]


def on_batches(element: Any, seen: Seen, pad: str = "src") -> None:
    """Call ``seen`` with the twin's metadata of every buffer that passes ``pad`` of ``element``."""

    def look(buffer: Any) -> None:
        batch = find(buffer)
        if batch is not None:
            seen(batch)

    on_buffers(element, look, pad)


def on_buffers(element: Any, seen: Callable[[Any], None], pad: str = "src") -> None:
    """Call ``seen`` with every buffer that passes; what it raises comes to the bus."""

    @guarded_by(element, Gst.PadProbeReturn.REMOVE)
    def probe(_pad: Any, info: Any) -> Any:
        seen(info.get_buffer())
        return Gst.PadProbeReturn.OK

    element.get_static_pad(pad).add_probe(Gst.PadProbeType.BUFFER, probe)


class Meter:
    """Counts the frames of ``streams`` streams, and of those that come later; times are of a
    monotonic clock, seconds."""

    def __init__(self, streams: int) -> None:
        self.streams = streams
        self.frames: Counter[int] = Counter()
        self.objects = 0
        self.tallies = Tallies(streams)
        self.first: float | None = None
        self.last = 0.0
        self.cpu = (0.0, 0.0)  # seconds of this process at the first batch and at the last
        self._told: Counter[int] = Counter()
        self._told_at = 0.0
        self._lines = 0

    def count(self, batch: NvDsBatchMeta) -> None:
        self.note((frame.pad_index, len(frame.objects)) for frame in batch.frames)
        self.tallies.count(batch)

    def note(self, frames: Iterable[tuple[int, int]]) -> None:
        """A batch came: the pad of each frame and the number of its objects."""
        self.last, spent = time.monotonic(), time.process_time()
        if self.first is None:
            self.first = self._told_at = self.last
            self.cpu = (spent, spent)
        self.cpu = (self.cpu[0], spent)
        for pad, objects in frames:
            self.streams = max(self.streams, pad + 1)
            self.frames[pad] += 1
            self.objects += objects

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
            heads = "".join(f"FPS {number} (Avg)\t" for number in range(self.streams))
            print(f"\n**PERF:  {heads}", file=sys.stderr)
        seconds, whole = now - self._told_at, now - self.first
        columns = (
            f"{(self.frames[n] - self._told[n]) / seconds:.2f} ({self.frames[n] / whole:.2f})\t"
            for n in range(self.streams)
        )
        print("**PERF:  " + "".join(columns), file=sys.stderr)
        self._told, self._told_at = Counter(self.frames), now
        self._lines += 1


class Live:
    """What the newest frames show: the rate of each stream, the objects of each class.

    ``names`` are those of the streams, where known. Rates are of the last ``WINDOW`` seconds.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = names
        self.times: dict[int, deque[float]] = {n: deque(maxlen=LONGEST) for n in range(len(names))}
        self.classes: dict[int, Counter[str]] = {}

    def note(self, batch: NvDsBatchMeta) -> None:
        now = time.monotonic()
        for frame in batch.frames:
            self.times.setdefault(frame.pad_index, deque(maxlen=LONGEST)).append(now)
            self.classes[frame.pad_index] = Counter(one.obj_label for one in frame.objects)

    def state(self) -> dict[str, Any]:
        """``streams`` with ``source`` and ``fps``; ``classes`` with the objects now in sight."""
        since = time.monotonic() - WINDOW
        streams = []
        for number, times in sorted(dict(self.times).items()):  # frames come meanwhile
            name = self.names[number] if number < len(self.names) else f"stream {number}"
            recent = [one for one in list(times) if one > since]
            streams.append({"source": name, "fps": round(rate(recent), 1)})
        counts: Counter[str] = sum(list(self.classes.values()), Counter())
        return {"streams": streams, "classes": dict(sorted(counts.items()))}


def rate(times: Sequence[float]) -> float:
    """Events a second, of the times of some that followed each other."""
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0
