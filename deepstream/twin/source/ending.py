"""The end of a stream at the mux, whatever its source does."""

from __future__ import annotations

import threading
from typing import Any

from deepstream.twin.gst import Gst

ALL = Gst.PadProbeType.BUFFER | Gst.PadProbeType.EVENT_DOWNSTREAM


def end(pad: Any) -> None:
    """Nothing comes after the end: a file that is played again would begin a new stream.

    In a thread of its own: a pad whose queue is full lets an event wait.
    """
    pad.add_probe(ALL, _only_ends)
    threading.Thread(target=pad.send_event, args=(Gst.Event.new_eos(),), daemon=True).start()


def _only_ends(_pad: Any, info: Any) -> Any:
    event = None if info.type & Gst.PadProbeType.BUFFER else info.get_event()
    ends = event is not None and event.type == Gst.EventType.EOS
    return Gst.PadProbeReturn.OK if ends else Gst.PadProbeReturn.DROP
