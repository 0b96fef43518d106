"""``nvstreammux`` (the old one): brings every source to one size and makes batches of them.

One memory a frame, so nothing is copied. Without a timeout a batch waits for every source that
has not ended; a live mux pushes what it has after ``batched-push-timeout``.
"""

from __future__ import annotations

import time
from typing import Any

from deepstream.twin.elements.nvmm import CONVERT, FEATURE, Strip, either, make, row, template
from deepstream.twin.gst import GObject, Gst, GstBase, GstVideo
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, attach

REQUEST = Gst.PadPresence.REQUEST
BATCHED = either("format=RGBA")


def _aggregator_template(name: str, direction: Any, presence: Any, caps: Any) -> Any:
    kind = GstBase.AggregatorPad.__gtype__
    return Gst.PadTemplate.new_with_gtype(name, direction, presence, caps, kind)


class Batcher(GstBase.Aggregator):  # type: ignore[misc]
    """Takes one frame of each source and pushes them as one buffer with its metadata."""

    __gstmetadata__ = ("Batcher", "Muxer", "train2edge twin", "train2edge")
    __gsttemplates__ = (
        _aggregator_template(
            "sink_%u", Gst.PadDirection.SINK, REQUEST, Gst.Caps("video/x-raw,format=RGBA")
        ),
        _aggregator_template("src", Gst.PadDirection.SRC, Gst.PadPresence.ALWAYS, BATCHED),
    )
    batch_size = 1
    timeout = Gst.CLOCK_TIME_NONE  # nanoseconds
    live = False

    def __init__(self) -> None:
        super().__init__()
        self.counts: dict[int, int] = {}
        self.sizes: dict[int, tuple[int, int]] = {}
        self.info: Any = None
        self.last = -1

    @guarded(Gst.FlowReturn.ERROR)
    def do_aggregate(self, timed_out: bool) -> Any:
        taken = [(pad, pad.pop_buffer()) for pad in sorted(self.sinkpads, key=_index)]
        ready = [(pad, buffer) for pad, buffer in taken if buffer is not None]
        if not ready:
            ended = all(pad.is_eos() for pad in self.sinkpads)
            return Gst.FlowReturn.EOS if ended and not timed_out else Gst.FlowReturn.OK
        if self.info is None:
            self._negotiate(ready[0][0])
        for start in range(0, len(ready), self.batch_size):
            flow = self.finish_buffer(self._batch(ready[start : start + self.batch_size]))
            if flow != Gst.FlowReturn.OK:
                return flow
        return Gst.FlowReturn.OK

    def do_negotiate(self) -> bool:
        """Not by guess: the caps are those of the first frame (``_negotiate``)."""
        return True

    def do_get_next_time(self) -> Any:
        if not self.live or self.timeout == Gst.CLOCK_TIME_NONE or self.last < 0:
            return Gst.CLOCK_TIME_NONE
        return self.last + self.timeout

    def _negotiate(self, pad: Any) -> None:
        caps = pad.get_current_caps()
        self.info = GstVideo.VideoInfo.new_from_caps(caps)
        batched = caps.copy()
        batched.set_features(0, Gst.CapsFeatures.from_string(FEATURE))
        self.set_src_caps(batched)

    def _batch(self, ready: list[tuple[Any, Any]]) -> Any:
        batch = Gst.Buffer.new()
        for _, buffer in ready:
            batch.append_memory(buffer.get_memory(0))
        frames = [self._frame(index, pad, buf) for index, (pad, buf) in enumerate(ready)]
        known = [frame.buf_pts for frame in frames if frame.buf_pts != Gst.CLOCK_TIME_NONE]
        # Sources end at different times: a batch is never earlier than the one before it.
        batch.pts = max([self.last + 1, *known])
        batch.duration = ready[0][1].duration
        self.last = batch.pts
        most = max(self.batch_size, len(frames))
        attach(batch, NvDsBatchMeta(frames=frames, surfaces=len(frames), max_frames_in_batch=most))
        return batch

    def _frame(self, batch_id: int, pad: Any, buffer: Any) -> NvDsFrameMeta:
        index = _index(pad)
        number = self.counts.get(index, 0)
        self.counts[index] = number + 1
        # Not pad.segment: through introspection that field is a copy of another layout.
        segment = pad.get_sticky_event(Gst.EventType.SEGMENT, 0).parse_segment()
        pts = segment.to_running_time(Gst.Format.TIME, buffer.pts)
        width, height = self.sizes.get(index, (self.info.width, self.info.height))
        return NvDsFrameMeta(
            pad_index=index,
            source_id=index,
            batch_id=batch_id,
            frame_num=number,
            buf_pts=pts,
            ntp_timestamp=time.time_ns(),
            source_frame_width=width,
            source_frame_height=height,
            width=self.info.width,
            height=self.info.height,
        )


GObject.type_register(Batcher)


def _index(pad: Any) -> int:
    return int(pad.get_name().rsplit("_", 1)[1])


class StreamMux(Gst.Bin):  # type: ignore[misc]
    """A branch of queue, scaler and caps for every requested ``sink_N``, then the batcher."""

    __gstmetadata__ = ("Stream muxer", "Generic/Bin", "train2edge twin", "train2edge")
    __gsttemplates__ = (template("sink_%u", either(), REQUEST), template("src", BATCHED))

    width = GObject.Property(type=GObject.TYPE_UINT, default=0)
    height = GObject.Property(type=GObject.TYPE_UINT, default=0)
    batch_size = GObject.Property(type=GObject.TYPE_UINT, default=1)
    batched_push_timeout = GObject.Property(type=int, default=-1, nick="microseconds")
    live_source = GObject.Property(type=bool, default=False)
    enable_padding = GObject.Property(type=bool, default=False)
    sync_inputs = GObject.Property(type=bool, default=False)
    attach_sys_ts = GObject.Property(type=bool, default=True)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    nvbuf_memory_type = GObject.Property(type=int, default=0)
    buffer_pool_size = GObject.Property(type=GObject.TYPE_UINT, default=4)
    interpolation_method = GObject.Property(type=int, default=1)
    compute_hw = GObject.Property(type=int, default=0)

    def __init__(self) -> None:
        super().__init__()
        self.batcher = Batcher()
        row(self, self.batcher)
        pad = self.batcher.get_static_pad("src")
        self.add_pad(Gst.GhostPad.new_from_template("src", pad, self.get_pad_template("src")))
        self.branches: dict[str, tuple[Any, ...]] = {}

    @guarded(None)
    def do_request_new_pad(self, pad_template: Any, name: str | None, _caps: Any) -> Any:
        name = name or f"sink_{len(self.branches)}"
        self._configure()
        branch = self._branch()
        row(self, *branch)
        inner = self.batcher.request_pad_simple(name)
        branch[-1].get_static_pad("src").link(inner)
        self._watch_size(branch[0].get_static_pad("sink"), _index(inner))
        for element in branch:
            element.sync_state_with_parent()
        self.branches[name] = (*branch, inner)
        pad = Gst.GhostPad.new_from_template(name, branch[0].get_static_pad("sink"), pad_template)
        pad.set_active(True)
        self.add_pad(pad)
        return pad

    @guarded(None)
    def do_release_pad(self, pad: Any) -> None:
        *branch, inner = self.branches.pop(pad.get_name())
        self.batcher.release_request_pad(inner)
        for element in branch:
            element.set_state(Gst.State.NULL)
            self.remove(element)
        self.remove_pad(pad)

    def _branch(self) -> tuple[Any, ...]:
        size = f"width={self.width},height={self.height},pixel-aspect-ratio=1/1,"
        size = size if self.width and self.height else ""
        return (
            make("queue", max_size_buffers=4, max_size_bytes=0, max_size_time=0),
            Strip(),
            make("videoconvertscale", add_borders=self.enable_padding, **CONVERT),
            make("capsfilter", caps=f"video/x-raw,{size}format=RGBA"),
        )

    def _configure(self) -> None:
        self.batcher.batch_size = max(1, self.batch_size)
        self.batcher.live = self.live_source
        if self.batched_push_timeout >= 0:
            self.batcher.timeout = self.batched_push_timeout * 1000

    def _watch_size(self, pad: Any, index: int) -> None:
        """Remember the size of the frames that come in, before they are scaled."""

        def seen(_pad: Any, info: Any) -> Any:
            event = info.get_event()
            if event.type == Gst.EventType.CAPS:
                video = GstVideo.VideoInfo.new_from_caps(event.parse_caps())
                self.batcher.sizes[index] = (video.width, video.height)
            return Gst.PadProbeReturn.OK

        pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, seen)


ELEMENT = StreamMux
