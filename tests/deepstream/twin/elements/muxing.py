"""Videos through a mux, and what came out of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Batches = list[list[tuple[int, int, int, int]]]  # pad, frame number, width, height


def muxed(factory: str, videos: Sequence[Path], **properties: Any) -> Batches:
    """The frames of every batch, in the order of the mux."""
    from deepstream.twin.metadata import find

    settings = " ".join(f"{name.replace('_', '-')}={one}" for name, one in properties.items())
    batches: Batches = []

    def keep(buffer: Any) -> None:
        batch = find(buffer)
        assert batch is not None
        batches.append([(f.pad_index, f.frame_num, f.width, f.height) for f in batch.frames])

    play(f"{factory} name=mux {settings} ! fakesink name=end", videos, keep)
    return batches


def play(
    line: str,
    videos: Sequence[Path],
    seen: Callable[[Any], None] = lambda buffer: None,
    prepare: Callable[[Any], None] = lambda pipeline: None,
) -> None:
    """Play ``videos`` into the ``mux`` of ``line`` to their end; show what comes to its ``end``.

    ``prepare`` gets the pipeline before it starts. The mux knows all its pads before the first
    frame: a launch line would link them one by one.
    """
    from deepstream.twin.gst import Gst

    pipeline = Gst.parse_launch(line)
    for number, video in enumerate(videos):
        source = Gst.ElementFactory.make("nvurisrcbin", None)
        source.set_property("uri", f"file://{video}")
        pipeline.add(source)
        pad = pipeline.get_by_name("mux").request_pad_simple(f"sink_{number}")
        source.connect("pad-added", lambda _source, new, pad=pad: new.link(pad))

    def show(_pad: Any, info: Any) -> Any:
        seen(info.get_buffer())
        return Gst.PadProbeReturn.OK

    pipeline.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, show)
    prepare(pipeline)
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    assert message is not None and message.type == Gst.MessageType.EOS
