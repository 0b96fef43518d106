"""Videos through a mux, and what came out of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

Batches = list[list[tuple[int, int, int, int]]]  # pad, frame number, width, height


def muxed(factory: str, videos: Sequence[Path], **properties: Any) -> Batches:
    """The frames of every batch, in the order of the mux."""
    from deepstream.twin.gst import Gst
    from deepstream.twin.metadata import find

    pipeline = Gst.parse_launch(f"{factory} name=mux ! fakesink name=end")
    mux = pipeline.get_by_name("mux")
    for name, value in properties.items():
        mux.set_property(name.replace("_", "-"), value)
    for number, video in enumerate(videos):
        source = Gst.ElementFactory.make("nvurisrcbin", None)
        source.set_property("uri", f"file://{video}")
        pipeline.add(source)
        pad = mux.request_pad_simple(f"sink_{number}")
        source.connect("pad-added", lambda _source, new, pad=pad: new.link(pad))
    batches: Batches = []

    def keep(_pad: Any, info: Any) -> Any:
        batch = find(info.get_buffer())
        assert batch is not None
        batches.append([(f.pad_index, f.frame_num, f.width, f.height) for f in batch.frames])
        return Gst.PadProbeReturn.OK

    pipeline.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, keep)
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, ends)
    pipeline.set_state(Gst.State.NULL)
    assert message is not None and message.type == Gst.MessageType.EOS
    return batches
