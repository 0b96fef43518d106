"""Pipelines whose objects a test makes up: no network is needed to try what comes after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

SIZE = (400, 400)
SOURCE = (
    "videotestsrc num-buffers={count} pattern=black ! "
    "video/x-raw,format=RGBA,width=400,height=400,framerate=30/1 ! mux.sink_{stream} "
)
MUX = "nvstreammux name=mux batch-size={streams} width=400 height=400 ! identity name=before ! "


@dataclass(frozen=True)
class Thing:
    """An object by its box and, if it is tracked, its number."""

    left: float
    top: float
    width: float = 20
    height: float = 40
    number: int = 1
    class_id: int = 0
    label: str = "car"
    score: float = 0.8


Objects = Callable[[int, int], Sequence[Thing]]  # of a stream's frame


@dataclass
class Run:
    """How a pipeline ended; ``warnings`` in the order they came."""

    error: str | None = None
    debug: str = ""
    warnings: list[str] = field(default_factory=list)


def run(
    line: str,
    objects: Objects,
    look: Callable[[Any, Any], None] = lambda _buffer, _batch: None,
    *,
    count: int = 30,
    streams: int = 1,
    at: str = "after",
    mark: bool = True,
    setup: Callable[[Any], None] = lambda _pipeline: None,
) -> Run:
    """Run ``line`` (up to its sink) behind a mux whose frames hold ``objects``.

    ``look`` gets each buffer and its batch at the src pad of the element ``at``; ``mark`` says
    that the detector looked at the frames.
    """
    from deepstream.twin.gst import Gst
    from deepstream.twin.metadata import find

    text = MUX.format(streams=streams) + line
    text += "".join(" " + SOURCE.format(count=count, stream=one) for one in range(streams))
    pipeline = Gst.parse_launch(text)
    setup(pipeline)

    def put(_pad: Any, info: Any) -> Any:
        for frame in find(info.get_buffer()).frames:  # type: ignore[union-attr]
            frame.bInferDone = int(mark)
            things = objects(frame.pad_index, frame.frame_num)
            frame.objects = [_object(thing) for thing in things]
        return Gst.PadProbeReturn.OK

    def see(_pad: Any, info: Any) -> Any:
        buffer = info.get_buffer()
        look(buffer, find(buffer))
        return Gst.PadProbeReturn.OK

    source = pipeline.get_by_name("before").get_static_pad("src")
    source.add_probe(Gst.PadProbeType.BUFFER, put)
    seen = pipeline.get_by_name(at)
    if seen is not None:
        seen.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, see)
    return _play(pipeline)


def _object(thing: Thing) -> Any:
    from deepstream.twin.metadata.detected import detected

    box = thing.left, thing.top, thing.width, thing.height
    made = detected(box, thing.class_id, thing.label, thing.score)
    made.object_id = thing.number
    return made


def _play(pipeline: Any) -> Run:
    from deepstream.twin.gst import Gst

    pipeline.set_state(Gst.State.PLAYING)
    kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR | Gst.MessageType.WARNING
    ended = Run()
    while True:
        message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, kinds)
        if message is None:
            ended.error = "nothing happened for 30 s"
        elif message.type == Gst.MessageType.WARNING:
            ended.warnings.append(message.parse_warning()[0].message)
            continue
        elif message.type == Gst.MessageType.ERROR:
            ended.error, ended.debug = message.parse_error()[0].message, message.parse_error()[1]
        break
    pipeline.set_state(Gst.State.NULL)
    return ended
