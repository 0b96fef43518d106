"""Makes batches: one frame of each source, one memory a frame, so nothing is copied.

Without a timeout a batch waits for every source that has not ended. Live sources are not waited
for longer than the timeout, which begins with the first frame of a batch.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from deepstream.twin.colors import BATCHED
from deepstream.twin.elements.nvmm import FEATURE
from deepstream.twin.gst import GObject, Gst, GstBase, GstVideo
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, attach
from deepstream.twin.mux_settings import MuxSettings

NONE = Gst.CLOCK_TIME_NONE
IDLE = 0.02  # seconds between two looks whether a source was added, when all have ended


@dataclass
class Policy:
    """How frames become batches; ``timeout`` in nanoseconds, ``settings`` of the new mux alone."""

    batch_size: int = 1
    timeout: int = NONE
    live: bool = False
    own_sizes: bool = False
    reset_on_eos: bool = False
    settings: MuxSettings | None = None


def _template(name: str, direction: Any, presence: Any, caps: Any) -> Any:
    kind = GstBase.AggregatorPad.__gtype__
    return Gst.PadTemplate.new_with_gtype(name, direction, presence, caps, kind)


Taken = tuple[Any, Any]  # the pad and its buffer


class Batcher(GstBase.Aggregator):  # type: ignore[misc]
    """Takes frames of the sources and pushes them as one buffer with its metadata."""

    __gstmetadata__ = ("Batcher", "Muxer", "train2edge twin", "train2edge")
    __gsttemplates__ = (
        _template(
            "sink_%u",
            Gst.PadDirection.SINK,
            Gst.PadPresence.REQUEST,
            Gst.Caps("video/x-raw,format=RGBA; video/x-raw,format=NV12"),
        ),
        _template("src", Gst.PadDirection.SRC, Gst.PadPresence.ALWAYS, BATCHED),
    )

    def __init__(self) -> None:
        super().__init__()
        self.policy = Policy()
        self.counts: Counter[int] = Counter()
        self.sizes: dict[int, tuple[int, int]] = {}
        self.infos: dict[int, tuple[Any, Any]] = {}
        self.due: dict[int, int] = {}  # running time before which a source's frames are too many
        self.waiting: list[Taken] = []  # of the new mux: frames of a batch that is not full
        self.ended: set[int] = set()  # sources whose end was told
        self.segments: dict[int, Any] = {}
        self.announced = False
        self.last = -1
        self.pushed = 0.0

    def forget(self, index: int) -> None:
        """Source ``index`` was taken out; the next one at its pad begins with frame 0."""
        self.ended.discard(index)
        for known in (self.counts, self.sizes, self.infos, self.due, self.segments):
            known.pop(index, None)

    @guarded(False)
    def do_sink_event(self, pad: Any, event: Any) -> bool:
        """Keep the segment of the frames that come next.

        A pad's sticky event may be ahead of the frames that still wait at it, and ``pad.segment``
        is, through introspection, a copy of another layout.
        """
        if event.type == Gst.EventType.SEGMENT:
            self.segments[index_of(pad)] = event.parse_segment().copy()
        return bool(GstBase.Aggregator.do_sink_event(self, pad, event))

    @guarded(Gst.FlowReturn.ERROR)
    def do_aggregate(self, timed_out: bool) -> Any:
        pads = sorted(self.sinkpads, key=index_of)
        taken = [(pad, pad.pop_buffer()) for pad in pads]
        ready = [(pad, buffer) for pad, buffer in taken if buffer is not None]
        self._reset(pads, {pad for pad, _ in ready})
        self._tell_ends(pads, {pad for pad, _ in ready})
        if not ready and not timed_out and pads and all(pad.is_eos() for pad in pads):
            return self._at_end()
        if not self.announced and ready:
            self._announce(ready[0][0])
        for frames in self._batches(ready, len(pads), flush=timed_out):
            flow = self._push(frames)
            if flow != Gst.FlowReturn.OK:
                return flow
        return Gst.FlowReturn.OK

    def _tell_ends(self, pads: list[Any], flowing: set[Any]) -> None:
        """NVIDIA's message for programs that add and remove sources: this stream has ended."""
        for pad in pads:
            index = index_of(pad)
            if pad.is_eos() and pad not in flowing and index not in self.ended:
                self.ended.add(index)
                told = Gst.Structure.new_empty("stream-eos")
                told.set_value("stream-id", GObject.Value(GObject.TYPE_UINT, index))
                self.post_message(Gst.Message.new_element(self, told))

    def do_negotiate(self) -> bool:
        """Not by guess: the caps are those of the first frame (``_announce``)."""
        return True

    @guarded(NONE)
    def do_get_next_time(self) -> Any:
        """When an unfinished batch is due; without a frame there is nothing to be in time for."""
        if not self.policy.live or self.policy.timeout == NONE:
            return NONE
        times = [self._running(*one) for one in self.waiting[:1]]
        times += [self._first(pad) for pad in self.sinkpads]
        known = [one for one in times if one is not None]
        return min(known) + self.policy.timeout if known else NONE

    def _first(self, pad: Any) -> int | None:
        """Running time of the frame that waits at ``pad``."""
        buffer = pad.peek_buffer()
        return None if buffer is None else self._running(pad, buffer)

    def _at_end(self) -> Any:
        """All have ended. A mux that keeps on waits for a source that may be added."""
        if self.waiting:
            flow = self._push(self.waiting)
            self.waiting = []
            if flow != Gst.FlowReturn.OK:
                return flow
        if not self.get_parent().drop_pipeline_eos:  # as it is now: whoever ends a run changes it
            return Gst.FlowReturn.EOS
        time.sleep(IDLE)
        return Gst.FlowReturn.OK

    def _reset(self, pads: list[Any], flowing: set[Any]) -> None:
        if self.policy.reset_on_eos:
            for pad in pads:
                if pad not in flowing and pad.is_eos():
                    self.counts.pop(index_of(pad), None)

    def _announce(self, pad: Any) -> None:
        batched = pad.get_current_caps().copy()
        batched.set_features(0, Gst.CapsFeatures.from_string(FEATURE))
        self.set_src_caps(batched)
        self.announced = True

    def _batches(self, ready: list[Taken], sources: int, *, flush: bool) -> list[list[Taken]]:
        """The frames as they are pushed together."""
        settings = self.policy.settings
        if settings is None:
            size = self.policy.batch_size
            return [ready[start : start + size] for start in range(0, len(ready), size)]
        if settings.control_sources:
            ready = [one for one in ready if self._in_time(*one, settings)]
        size = self._size(settings, sources)
        return self._filled(ready, size, settings, flush=flush)

    def _size(self, settings: MuxSettings, sources: int) -> int:
        """Adaptive: as many as there are sources that go on."""
        if settings.adaptive:
            ended = sum(1 for pad in self.sinkpads if pad.is_eos())
            return max(1, sources - ended)
        return settings.batch_size or self.policy.batch_size

    def _filled(
        self, ready: list[Taken], size: int, settings: MuxSettings, *, flush: bool
    ) -> list[list[Taken]]:
        full: list[list[Taken]] = []
        for pad, buffer in ready:
            mine = sum(1 for other, _ in self.waiting if other == pad)
            if mine >= settings.frames_of(index_of(pad)):
                full.append(self.waiting)
                self.waiting = []
            self.waiting.append((pad, buffer))
            if len(self.waiting) >= size:
                full.append(self.waiting)
                self.waiting = []
        if flush and self.waiting:
            full.append(self.waiting)
            self.waiting = []
        return full

    def _in_time(self, pad: Any, buffer: Any, settings: MuxSettings) -> bool:
        """Frames that come faster than the source's ``max-fps`` are left out."""
        index = index_of(pad)
        pts, due = self._running(pad, buffer), self.due.get(index)
        if pts is None:
            return True
        step = _nanoseconds(settings.of_source(index).max_fps)
        if due is not None and pts < due - step // 4:
            return False
        self.due[index] = pts + step if due is None else max(due + step, pts)
        return True

    def _push(self, frames: list[Taken]) -> Any:
        settings = self.policy.settings
        if settings is not None and settings.control_max_fps:
            left = self.pushed + _nanoseconds(settings.max_fps) / 1e9 - time.monotonic()
            time.sleep(max(0.0, left))
            self.pushed = time.monotonic()
        return self.finish_buffer(self._batch(frames))

    def _batch(self, ready: list[Taken]) -> Any:
        batch = Gst.Buffer.new()
        for _, buffer in ready:
            batch.append_memory(buffer.get_memory(0))
        frames = [self._frame(number, pad, buf) for number, (pad, buf) in enumerate(ready)]
        known = [frame.buf_pts for frame in frames if frame.buf_pts != NONE]
        # Sources end at different times: a batch is never earlier than the one before it.
        batch.pts = max([self.last + 1, *known])
        batch.duration = ready[0][1].duration
        self.last = batch.pts
        most = max(self.policy.batch_size, len(frames))
        attach(batch, NvDsBatchMeta(frames=frames, surfaces=len(frames), max_frames_in_batch=most))
        return batch

    def _frame(self, batch_id: int, pad: Any, buffer: Any) -> NvDsFrameMeta:
        index, info = index_of(pad), self._info(pad)
        number = self.counts[index]
        self.counts[index] = number + 1
        pts = self._running(pad, buffer)
        width, height = self.sizes.get(index, (info.width, info.height))
        return NvDsFrameMeta(
            pad_index=index,
            source_id=index,
            batch_id=batch_id,
            frame_num=number,
            buf_pts=NONE if pts is None else pts,
            ntp_timestamp=time.time_ns(),
            source_frame_width=width,
            source_frame_height=height,
            width=info.width,
            height=info.height,
        )

    def _info(self, pad: Any) -> Any:
        """What the pad's pictures look like; looked up again where they may change."""
        known = self.infos.get(index_of(pad))
        if known is not None and not self.policy.own_sizes:
            return known[1]
        caps = pad.get_current_caps()
        if known is None or not known[0].is_equal(caps):
            known = self.infos[index_of(pad)] = (caps, GstVideo.VideoInfo.new_from_caps(caps))
        return known[1]

    def _running(self, pad: Any, buffer: Any) -> int | None:
        segment = self.segments.get(index_of(pad))
        if segment is None or buffer.pts == NONE:
            return None
        time_of = segment.to_running_time(Gst.Format.TIME, buffer.pts)
        return None if time_of == NONE else int(time_of)


GObject.type_register(Batcher)


def index_of(pad: Any) -> int:
    return int(pad.get_name().rsplit("_", 1)[1])


def _nanoseconds(rate: Fraction) -> int:
    return int(1_000_000_000 / rate)
