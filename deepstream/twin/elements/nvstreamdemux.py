"""``nvstreamdemux``: a batch back into one stream for each source, without copying a picture."""

from __future__ import annotations

from typing import Any

from deepstream.twin.colors import BATCHED
from deepstream.twin.elements.nvmm import alive, of_parent, template
from deepstream.twin.gst import Gst
from deepstream.twin.guard import guarded
from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, attach, find

STICKY = (Gst.EventType.STREAM_START, Gst.EventType.CAPS, Gst.EventType.SEGMENT)


class StreamDemux(Gst.Element):  # type: ignore[misc]
    __gtype_name__ = "nvstreamdemux"
    __gstmetadata__ = ("Stream demuxer", "Demuxer", "train2edge twin", "train2edge")
    __gsttemplates__ = (
        template("sink", BATCHED),
        template("src_%u", BATCHED, Gst.PadPresence.REQUEST),
    )

    def __init__(self) -> None:
        super().__init__()
        self.sink = Gst.Pad.new_from_template(self.get_pad_template("sink"), "sink")
        self.sink.set_chain_function_full(of_parent("split"))
        self.sink.set_event_function_full(of_parent("pass_event"))
        self.add_pad(self.sink)
        self.outlets: dict[int, Any] = {}
        self.sizes: dict[int, tuple[int, int]] = {}

    @guarded(None)
    def do_request_new_pad(self, pad_template: Any, name: str | None, _caps: Any) -> Any:
        name = name or f"src_{len(self.outlets)}"
        pad = Gst.Pad.new_from_template(pad_template, name)
        pad.set_active(True)
        self.add_pad(pad)
        self.outlets[int(name.rsplit("_", 1)[1])] = pad
        for kind in STICKY:
            event = self.sink.get_sticky_event(kind, 0)
            if event is not None:
                pad.push_event(event)
        return pad

    @guarded(None)
    def do_release_pad(self, pad: Any) -> None:
        if alive(self):
            index = int(pad.get_name().rsplit("_", 1)[1])
            self.outlets.pop(index, None)
            self.sizes.pop(index, None)
        self.remove_pad(pad)

    @guarded(False)
    def pass_event(self, _pad: Any, _parent: Any, event: Any) -> bool:
        if event.type == Gst.EventType.CAPS:
            self.sizes.clear()  # what the batch's caps say is not what each stream's own say
        pushed = [pad.push_event(event) for pad in self.outlets.values()]
        return all(pushed)

    @guarded(Gst.FlowReturn.ERROR)
    def split(self, _pad: Any, _parent: Any, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None:
            raise RuntimeError("nvstreamdemux needs nvstreammux before it")
        ordered = batch.copy().frames
        flows = [self._push(buffer, frame) for frame in ordered if frame.pad_index in self.outlets]
        bad = [flow for flow in flows if flow not in (Gst.FlowReturn.OK, Gst.FlowReturn.EOS)]
        ended = bool(flows) and all(flow == Gst.FlowReturn.EOS for flow in flows)
        return bad[0] if bad else Gst.FlowReturn.EOS if ended else Gst.FlowReturn.OK

    def _push(self, buffer: Any, frame: NvDsFrameMeta) -> Any:
        self._tell_size(frame)
        single = Gst.Buffer.new()
        single.append_memory(buffer.get_memory(frame.batch_id))
        single.pts, single.duration = buffer.pts, buffer.duration
        frame.batch_id = 0
        attach(single, NvDsBatchMeta(frames=[frame], surfaces=1, max_frames_in_batch=1))
        return self.outlets[frame.pad_index].push(single)

    def _tell_size(self, frame: NvDsFrameMeta) -> None:
        """The new mux keeps the size of every source, which the batch's caps cannot say."""
        size = (frame.width, frame.height)
        if self.sizes.get(frame.pad_index) == size:
            return
        pad = self.outlets[frame.pad_index]
        known = pad.get_current_caps()
        if known is None:  # the pipeline is stopping: pushing the buffer says so
            return
        caps = known.copy()
        for name, value in zip(("width", "height"), size, strict=True):
            caps.set_value(name, value)
        if not caps.is_equal(known):
            pad.push_event(Gst.Event.new_caps(caps))
        self.sizes[frame.pad_index] = size


ELEMENT = StreamDemux
