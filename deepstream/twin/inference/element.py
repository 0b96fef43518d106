"""What ``nvinfer`` and ``nvinferserver`` have in common: a network in a pipeline."""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvevent import INTERVAL, read
from deepstream.twin.elements.nvmm import either, template
from deepstream.twin.gst import Gst, GstBase
from deepstream.twin.guard import guarded
from deepstream.twin.inference.network import Network
from deepstream.twin.inference.passes import Frames, Objects, Regions, passes
from deepstream.twin.metadata import NvDsFrameMeta, find
from deepstream.twin.metadata.pixels import pixels_at
from train2edge.nvinfer.settings import InferSettings

FORMAT = either("format=RGBA")


class InferElement(GstBase.BaseTransform):  # type: ignore[misc]
    """``open_network`` gives the network when the element starts."""

    __gsttemplates__ = (template("sink", FORMAT), template("src", FORMAT))

    def __init__(self) -> None:
        super().__init__()
        self.set_in_place(True)
        self.network: Network | None = None
        self.through: Frames | Regions | Objects | None = None
        self.skipped = 0  # batches between two that are looked at
        self.given: dict[str, Any] = {}  # settings that properties took the place of
        self.known: tuple[str, InferSettings | None] = ("", None)  # a file and what it says

    def open_network(self) -> Network:
        raise NotImplementedError

    @guarded(False)
    def do_start(self) -> bool:
        self.network = self.open_network()
        self.through = passes(self.network)
        self.skipped = self.network.settings.interval
        return True

    @guarded(False)
    def do_stop(self) -> bool:
        if self.through is not None:
            self.through.close()
        return True

    @guarded(False)
    def do_sink_event(self, event: Any) -> bool:
        update = read(event, INTERVAL)
        if update is not None:
            self.skipped = update.get_uint("interval")[1]
        return bool(GstBase.BaseTransform.do_sink_event(self, event))

    @guarded(Gst.FlowReturn.ERROR)
    def do_transform_ip(self, buffer: Any) -> Any:
        batch = find(buffer)
        if batch is None:
            raise RuntimeError(f"{self.get_name()} needs nvstreammux before it")
        assert self.through is not None
        address = hash(buffer)

        def pixels(frame: NvDsFrameMeta) -> Any:
            index = frame.batch_id if batch.surfaces > 1 else 0
            return pixels_at(address, index, frame.width, frame.height)

        self.through(batch, pixels, self.skipped)
        return Gst.FlowReturn.OK
