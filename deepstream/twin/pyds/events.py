"""Events of NVIDIA's that a script sends to an element, given by its address."""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvevent import INTERVAL, RESET, send


def gst_element_send_nvevent_new_stream_reset(gst_element: int, source_id: int) -> int:
    """Tell everything behind the element that the source begins anew; 1 if it was taken."""
    return int(send(gst_element, RESET, source_id=source_id))


def gst_element_send_nvevent_interval_update(arg0: int, arg1: str, arg2: int) -> bool:
    """Set nvinfer's interval to ``arg2``; ``arg1`` names the stream."""
    return send(arg0, INTERVAL, stream_id=arg1, interval=arg2)


def configure_source_for_ntp_sync(src_elem: Any) -> None:
    """Without effect: the twin's frames carry the time at which they came to the mux."""
