"""What ``nvinfer`` and ``nvinferserver`` have in common: a network in a pipeline."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from deepstream.twin.elements.nvevent import INTERVAL, read
from deepstream.twin.elements.nvmm import either, template
from deepstream.twin.gst import GObject, Gst, GstBase
from deepstream.twin.guard import guarded
from deepstream.twin.inference.ahead import Ahead
from deepstream.twin.inference.network import Network, load
from deepstream.twin.inference.passes import Frames, Objects, Regions, Rest, passes
from deepstream.twin.inference.properties import of_file
from deepstream.twin.metadata import NvDsFrameMeta, find
from deepstream.twin.metadata.pixels import pixels_at
from train2edge.errors import InputError
from train2edge.nvinfer.settings import InferSettings

FORMAT = either("format=RGBA")
LATER = Gst.FlowReturn.CUSTOM_SUCCESS  # GST_BASE_TRANSFORM_FLOW_DROPPED: not pushed from here
AGAIN = (Gst.EventType.FLUSH_STOP, Gst.EventType.STREAM_START)


class InferElement(GstBase.BaseTransform):  # type: ignore[misc]
    """``read_settings`` reads the element's own file; properties have the last word over it.

    A batch is begun where it comes in and pushed by another thread when its outputs are there:
    the next ones are prepared meanwhile.
    """

    __gsttemplates__ = (template("sink", FORMAT), template("src", FORMAT))

    config_file_path = GObject.Property(type=str, default="")
    unique_id = of_file("gie_unique_id", GObject.TYPE_UINT, 15)
    process_mode = of_file("process_mode", GObject.TYPE_UINT, 1)
    batch_size = of_file("batch_size", GObject.TYPE_UINT, 1)
    interval = of_file("interval", GObject.TYPE_UINT, 0)
    infer_on_gie_id = of_file("operate_on_gie_id", int, -1)
    engine = GObject.Property(type=str, default="auto", nick="the twin's own: how to run it")

    def __init__(self) -> None:
        super().__init__()
        self.set_in_place(True)
        self.network: Network | None = None
        self.through: Frames | Regions | Objects | None = None
        self.ahead: Ahead | None = None
        self.skipped = 0  # batches between two that are looked at
        self.given: dict[str, Any] = {}  # settings that properties took the place of
        self.known: tuple[str, InferSettings | None] = ("", None)  # a file and what it says

    def read_settings(self, path: Path) -> InferSettings:
        raise NotImplementedError

    def open_network(self) -> Network:
        if not self.config_file_path:
            raise InputError(
                f"{self.get_factory().get_name()} needs config-file-path", where=self.get_name()
            )
        settings = self.read_settings(Path(self.config_file_path))
        return load(replace(settings, **self.given), engine=self.engine, clip_to_roi=self.clips())

    def clips(self) -> bool:
        """Whether objects that reach out of their region are cut off at its edge."""
        return True

    @guarded(False)
    def do_start(self) -> bool:
        self.network = self.open_network()
        self.through = passes(self.network)
        self.skipped = self.network.settings.interval
        self.ahead = Ahead(self.network.model.ahead())
        return True

    @guarded(False)
    def do_stop(self) -> bool:
        if self.ahead is not None:
            self.ahead.close()
            self.ahead = None
        if self.through is not None:
            self.through.close()
        return True

    @guarded(False)
    def do_sink_event(self, event: Any) -> bool:
        update = read(event, INTERVAL)
        if update is not None:
            self.skipped = update.get_uint("interval")[1]
        if self.ahead is not None:
            self._keep_order(self.ahead, event.type)
        return bool(GstBase.BaseTransform.do_sink_event(self, event))

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None:
            raise RuntimeError(f"{self.get_name()} needs nvstreammux before it")
        assert self.through is not None and self.ahead is not None
        address = hash(buffer)

        def pixels(frame: NvDsFrameMeta) -> Any:
            index = frame.batch_id if batch.surfaces > 1 else 0
            return pixels_at(address, index, frame.width, frame.height)

        rest = self.through(batch, pixels, self.skipped)
        flow = self.ahead.put(partial(self._finish, buffer, rest))
        return LATER if flow == Gst.FlowReturn.OK else flow

    @guarded(Gst.FlowReturn.ERROR)
    def _finish(self, buffer: Any, rest: Rest) -> Any:
        rest()
        return self.srcpad.push(buffer)

    def _keep_order(self, ahead: Ahead, kind: Any) -> None:
        if kind in AGAIN:
            ahead.begin()
        elif Gst.EventType.get_flags(kind) & Gst.EventTypeFlags.SERIALIZED:
            ahead.drain()
