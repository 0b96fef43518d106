"""``nvstreammux``: batches of the frames of every source.

The old one brings every source to one size; the new one, which ``USE_NEW_NVSTREAMMUX=yes`` chooses
as it does for NVIDIA's plugin, keeps sizes and is told of rates by a file. Properties are those of
each (NVIDIA, "Gst-nvstreammux" and "Gst-nvstreammux New"); what only matters to hardware is taken
and changes nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from deepstream.twin import mux_settings
from deepstream.twin.colors import BATCHED
from deepstream.twin.elements.batcher import NONE, Batcher, Policy, index_of
from deepstream.twin.elements.nvmm import CONVERT, Strip, alive, either, make, put, row, template
from deepstream.twin.gst import GObject, Gst, GstVideo
from deepstream.twin.guard import guarded, guarded_by
from deepstream.twin.mux_settings import MuxSettings

REQUEST = Gst.PadPresence.REQUEST
LIKED = "RGBA"  # what the twin's elements work in
USE_NEW = "USE_NEW_NVSTREAMMUX"
# Without the second kind an event that is sent to a ghost pad is not told of.
EVENTS = Gst.PadProbeType.EVENT_FLUSH | Gst.PadProbeType.EVENT_DOWNSTREAM


class Inlets:
    """What stands in both: the batcher, and before it a branch of queue, converter and caps for
    every requested ``sink_N``."""

    def __init__(self, mux: Any) -> None:
        self.mux = mux
        self.batcher = Batcher()
        row(mux, self.batcher)
        pad = self.batcher.get_static_pad("src")
        mux.add_pad(Gst.GhostPad.new_from_template("src", pad, mux.get_pad_template("src")))
        self.branches: dict[str, tuple[Any, ...]] = {}
        self.format = LIKED

    def request(self, pad_template: Any, name: str | None, size: str, *, padded: bool) -> Any:
        """A new pad; ``size`` are the caps fields that its frames are brought to."""
        name = name or f"sink_{self._free()}"
        branch = (
            make("queue", max_size_buffers=4, max_size_bytes=0, max_size_time=0),
            Strip(),
            make("videoconvertscale", add_borders=padded, **CONVERT),
            make("capsfilter", caps=self._caps(size)),
        )
        row(self.mux, *branch)
        inner = self.batcher.request_pad_simple(name)
        branch[-1].get_static_pad("src").link(inner)
        self._watch_size(branch[0].get_static_pad("sink"), index_of(inner))
        for element in branch:
            element.sync_state_with_parent()
        self.branches[name] = (*branch, inner)
        pad = Gst.GhostPad.new_from_template(name, branch[0].get_static_pad("sink"), pad_template)
        pad.add_probe(EVENTS, guarded_by(self.mux, Gst.PadProbeReturn.OK)(Flushes().seen))
        pad.set_active(True)
        self.mux.add_pad(pad)
        return pad

    def settle(self, size: str) -> None:
        """Bring every source to ``size``, and to the format that the elements behind can take:
        both may be decided after the pads were asked for."""
        self.format = self._wanted()
        for _queue, _strip, _scale, limit, _pad in self.branches.values():
            put(limit, caps=self._caps(size))

    def _caps(self, size: str) -> str:
        return f"video/x-raw,{size}format={self.format}"

    def _wanted(self) -> str:
        """RGBA, unless caps behind the mux want NV12."""
        behind = self.mux.get_static_pad("src").peer_query_caps(None)
        wanted = either(f"format={LIKED}")
        return LIKED if behind is None or behind.can_intersect(wanted) else "NV12"

    def release(self, pad: Any) -> None:
        """Take a pad out while the others run on."""
        *branch, inner = self.branches.pop(pad.get_name())
        pad.set_active(False)
        self.batcher.release_request_pad(inner)
        for element in branch:
            element.set_locked_state(True)
            element.set_state(Gst.State.NULL)
            self.mux.remove(element)
        self.batcher.forget(index_of(inner))
        self.mux.remove_pad(pad)

    def _free(self) -> int:
        return next(n for n in range(len(self.branches) + 1) if f"sink_{n}" not in self.branches)

    def _watch_size(self, pad: Any, index: int) -> None:
        """Remember the size of the frames that come in, before they are scaled."""
        sizes = self.batcher.sizes  # a pad that knew the mux would keep it for ever

        @guarded_by(self.mux, Gst.PadProbeReturn.OK)
        def seen(_pad: Any, info: Any) -> Any:
            event = info.get_event()
            if event.type == Gst.EventType.CAPS:
                video = GstVideo.VideoInfo.new_from_caps(event.parse_caps())
                sizes[index] = (video.width, video.height)
            return Gst.PadProbeReturn.OK

        pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, seen)


class Flushes:
    """Keeps back a flush that ends without having begun.

    Programs send one before they release a pad, as NVIDIA's sample of sources that come and go
    does. In the branch behind the pad it would take the segment away from frames still in it.
    """

    def __init__(self) -> None:
        self.begun = False

    def seen(self, _pad: Any, info: Any) -> Any:
        kind, begun = info.get_event().type, self.begun
        if kind in (Gst.EventType.FLUSH_START, Gst.EventType.FLUSH_STOP):
            self.begun = kind == Gst.EventType.FLUSH_START
        alone = kind == Gst.EventType.FLUSH_STOP and not begun
        return Gst.PadProbeReturn.DROP if alone else Gst.PadProbeReturn.OK


class Muxer(Gst.Bin):  # type: ignore[misc]
    """What both are: a bin whose ``policy`` holds once its properties are set."""

    __gsttemplates__ = (template("sink_%u", either(), REQUEST), template("src", BATCHED))

    sync_inputs = GObject.Property(type=bool, default=False)
    max_latency = GObject.Property(type=GObject.TYPE_UINT64, default=0, nick="nanoseconds")
    drop_pipeline_eos = GObject.Property(type=bool, default=False)
    frame_num_reset_on_eos = GObject.Property(type=bool, default=False)
    frame_num_reset_on_stream_reset = GObject.Property(type=bool, default=False)
    frame_duration = GObject.Property(type=GObject.TYPE_UINT64, default=NONE, nick="milliseconds")
    attach_sys_ts = GObject.Property(type=bool, default=True)
    num_surfaces_per_frame = GObject.Property(type=GObject.TYPE_UINT, default=1)

    def __init__(self) -> None:
        super().__init__()
        self.inlets = Inlets(self)

    @guarded(None)
    def do_request_new_pad(self, pad_template: Any, name: str | None, _caps: Any) -> Any:
        self.inlets.batcher.policy = self.policy()
        return self.inlets.request(pad_template, name, self.size(), padded=self.padded())

    @guarded(None)
    def do_release_pad(self, pad: Any) -> None:
        if alive(self):
            self.inlets.release(pad)

    @guarded(Gst.StateChangeReturn.FAILURE)
    def do_change_state(self, transition: Any) -> Any:
        if transition == Gst.StateChange.NULL_TO_READY:
            self.inlets.batcher.policy = self.policy()  # properties that were set after the pads
            self.inlets.settle(self.size())
        return Gst.Bin.do_change_state(self, transition)

    def policy(self) -> Policy:
        raise NotImplementedError

    def size(self) -> str:
        """Caps fields that a frame is brought to."""
        return ""

    def padded(self) -> bool:
        """Whether a frame keeps its form in that size."""
        return False


class StreamMux(Muxer):
    """The old one: ``width`` x ``height`` for all, ``batched-push-timeout`` for live sources."""

    __gtype_name__ = "nvstreammux"
    __gstmetadata__ = ("Stream muxer", "Generic/Bin", "train2edge twin", "train2edge")

    width = GObject.Property(type=GObject.TYPE_UINT, default=0)
    height = GObject.Property(type=GObject.TYPE_UINT, default=0)
    batch_size = GObject.Property(type=GObject.TYPE_UINT, default=1)
    batched_push_timeout = GObject.Property(type=int, default=-1, nick="microseconds")
    live_source = GObject.Property(type=bool, default=False)
    enable_padding = GObject.Property(type=bool, default=False)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    nvbuf_memory_type = GObject.Property(type=int, default=0)
    buffer_pool_size = GObject.Property(type=GObject.TYPE_UINT, default=4)
    interpolation_method = GObject.Property(type=int, default=1)
    compute_hw = GObject.Property(type=int, default=0)
    async_process = GObject.Property(type=bool, default=True)
    query_resolution = GObject.Property(type=bool, default=False)

    def policy(self) -> Policy:
        late = self.batched_push_timeout
        return Policy(
            batch_size=max(1, self.batch_size),
            timeout=late * 1000 if late >= 0 else NONE,
            live=self.live_source,
            own_sizes=not (self.width and self.height),
            reset_on_eos=self.frame_num_reset_on_eos,
        )

    def size(self) -> str:
        if not (self.width and self.height):
            return ""
        return f"width={self.width},height={self.height},pixel-aspect-ratio=1/1,"

    def padded(self) -> bool:
        return bool(self.enable_padding)


class NewStreamMux(Muxer):
    """The new one: no scaling; ``config-file-path`` says how many frames make a batch, and when.

    Its timeout holds for live sources; files are waited for, so that no run differs from another.
    """

    __gtype_name__ = "nvstreammux-new"
    __gstmetadata__ = ("Stream muxer (new)", "Generic/Bin", "train2edge twin", "train2edge")

    batch_size = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="0: the file's")
    batched_push_timeout = GObject.Property(type=int, default=33000, nick="not looked at")
    config_file_path = GObject.Property(type=str, default="")

    def policy(self) -> Policy:
        settings = MuxSettings()
        if self.config_file_path:
            settings = mux_settings.read(Path(self.config_file_path))
        return Policy(
            batch_size=max(1, settings.batch_size or self.batch_size),
            timeout=int(1_000_000_000 / settings.min_fps),
            live=True,
            own_sizes=True,
            reset_on_eos=self.frame_num_reset_on_eos,
            settings=settings,
        )


ELEMENT = NewStreamMux if os.environ.get(USE_NEW) == "yes" else StreamMux
