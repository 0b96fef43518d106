"""A pipeline that plays: watched until it ends, fails or is interrupted."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

from deepstream.sources import masked
from deepstream.twin.inputs import MUX
from deepstream.twin.pieces import TwinPlan
from train2edge.errors import InputError, T2EError, WorkError

if TYPE_CHECKING:
    from deepstream.twin.watch import Meter

POLL = 200_000_000  # nanoseconds between two looks at the bus
PACED = ("filesink", "udpsink", "fakesink")  # where frames may go out at their own pace
DRAIN = 10_000_000_000  # nanoseconds for an interrupted run to finish its files
Stopped = Literal["end", "interrupted"]


class Playing:
    """``pipeline``, made of ``plan``; ``meter`` counts its frames, whoever calls it.

    A stream that fails ends alone: ``failed`` says by its number what happened to it.
    """

    def __init__(self, plan: TwinPlan, pipeline: Any, meter: Meter) -> None:
        self.plan, self.pipeline, self.meter = plan, pipeline, meter
        self.warnings = list(plan.warnings)
        self.failed: dict[int, Exception] = {}

    def wait(self) -> Stopped:
        """Play until the end; Ctrl-C finishes the files and ends cleanly."""
        from deepstream.twin.gst import Gst

        self.pipeline.set_state(Gst.State.PLAYING)
        try:
            self._until_end(None)
            stopped: Stopped = "end"
        except KeyboardInterrupt:
            print("interrupted: finishing the files", file=sys.stderr)
            self._end_streams()
            self._until_end(DRAIN)
            stopped = "interrupted"
        if stopped == "end":
            self._check_seen()
        return stopped

    def _until_end(self, patience: int | None) -> None:
        from deepstream.twin.gst import Gst

        bus = self.pipeline.get_bus()
        wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR | Gst.MessageType.WARNING
        waited = 0
        while patience is None or waited < patience:
            message = bus.timed_pop_filtered(POLL, wanted)
            waited += POLL
            if self.plan.perf_interval is not None:
                self.meter.tell(self.plan.perf_interval)
            if message is None:
                continue
            if message.type == Gst.MessageType.WARNING:
                self._tell(message)
                continue
            if message.type == Gst.MessageType.ERROR:
                if patience is not None and _of_source(message.src):
                    continue  # its stream has been ended: what it cannot push is of no use
                self._survive(message)
                continue
            return
        if self.plan.videos:
            raise WorkError(f"did not finish its files in {DRAIN // 10**9} seconds")

    def _tell(self, message: Any) -> None:
        """Pass an element's warning on; some say the same of every frame."""
        text = f"{message.src.get_name()}: {message.parse_warning()[0].message}"
        if text not in self.warnings:
            self.warnings.append(text)
            print(f"warning: {text}", file=sys.stderr)

    def _end_streams(self) -> None:
        """End every stream at the mux: a camera that is stuck would never pass an end on."""
        from deepstream.twin.elements.nvmm import put
        from deepstream.twin.gst import Gst
        from deepstream.twin.source.ending import end

        for piece in self.plan.pieces:
            if piece.factory in PACED:  # what is left goes out at once
                put(self.pipeline.get_by_name(piece.name), sync=False)
        mux = self.pipeline.get_by_name(MUX)
        put(mux, drop_pipeline_eos=False)
        for pad in mux.sinkpads:
            end(pad)
        if not mux.sinkpads:  # nvmultiurisrcbin has them inside
            mux.send_event(Gst.Event.new_eos())

    def _survive(self, message: Any) -> None:
        """One stream's failure ends that stream; any other, or the last stream's, ends the run."""
        number = _source_number(message.src)
        if number in self.failed:
            return
        failure = self._failure(message)
        if number is None or len(self.plan.uris) == 1:
            raise failure
        self._give_up(number, failure)
        from deepstream.twin.gst import Gst
        from deepstream.twin.source.ending import end

        source = self.pipeline.get_by_name(f"source{number}")
        source.set_locked_state(True)
        source.set_state(Gst.State.NULL)
        self.pipeline.remove(source)  # else the pipeline would wait for it before it plays
        end(self.pipeline.get_by_name(MUX).get_static_pad(f"sink_{number}"))
        self.pipeline.set_state(Gst.State.PLAYING)  # a source that failed early stopped the change

    def _give_up(self, number: int, failure: Exception) -> None:
        self.failed[number] = failure
        if len(self.failed) == len(self.plan.uris):
            raise next(iter(self.failed.values()))
        print(f"warning: stream {number} ends, the others go on: {failure}", file=sys.stderr)

    def _failure(self, message: Any) -> Exception:
        """Our own error as it is, a video's as bad input, any other as failed work."""
        element = message.src
        failure = getattr(element, "failure", None)
        number = _source_number(element)
        where = shown(self.plan.uris[number]) if number is not None else element.get_name()
        if isinstance(failure, T2EError):
            failure.where = failure.where or where
            return failure
        error, debug = message.parse_error()
        print(debug, file=sys.stderr)
        text = re.sub(r"\s+", " ", error.message)
        if number is not None:
            return InputError(f"cannot be read: {text}", where=where)
        return WorkError(text, where=where)

    def _check_seen(self) -> None:
        for number, uri in enumerate(self.plan.uris):
            if not self.meter.frames[number] and number not in self.failed:
                message = "not a single frame could be decoded"
                self._give_up(number, InputError(message, where=shown(uri)))


def shown(uri: str) -> str:
    """The address without a password; a local file as its path."""
    path = local(uri)
    return str(path) if path else masked(uri)


def local(uri: str) -> Path | None:
    return Path(unquote(uri.removeprefix("file://"))) if uri.startswith("file://") else None


def _source_number(element: Any) -> int | None:
    """Which of the plan's sources ``element`` is, or stands in."""
    found = re.search(r"/[^/]*:source(\d+)(/|$)", element.get_path_string())
    return int(found[1]) if found else None


def _of_source(element: Any) -> bool:
    """Whether ``element`` is an address source or stands in one."""
    while element is not None:
        factory = element.get_factory() if hasattr(element, "get_factory") else None
        if factory is not None and factory.get_name() == "nvurisrcbin":
            return True
        element = element.get_parent()
    return False
