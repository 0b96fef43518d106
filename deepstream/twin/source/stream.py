"""What plays one address, once: GStreamer's ``uridecodebin`` and what it is told."""

from __future__ import annotations

from typing import Any

from deepstream.twin.elements.nvmm import make, put
from deepstream.twin.gst import Gst
from deepstream.twin.source.settings import SourceSettings

RAW, JPEG, PARSED = "video/x-raw", "image/jpeg", "image/jpeg, parsed"
TCP = 4  # GstRTSPLowerTrans
KEY_FRAMES = 2  # dec-skip-frames
KLASS = Gst.ELEMENT_METADATA_KLASS


def stream(uri: str) -> Any:
    """An element whose pads carry what is at ``uri``, decoded."""
    made = make("uridecodebin")
    made.set_property("uri", uri)
    return made


def decodes(caps: Any) -> bool:
    """Sound stays as it is: nobody takes it. JPEGs have a decoder of our own."""
    return not _kind(caps).startswith(("audio/", JPEG))


def kind_of(pad: Any) -> str:
    """``RAW``, ``JPEG``, ``PARSED`` (each buffer is one whole JPEG), or what else it carries."""
    caps = pad.get_current_caps() or pad.query_caps(None)
    whole = "parsed=(boolean)true" in caps.to_string()
    kind = _kind(caps)
    return PARSED if kind == JPEG and whole else kind


def configure(element: Any, settings: SourceSettings) -> None:
    """Set up a part that the address asked for."""
    factory = element.get_factory()
    if factory is None:  # a part of one of the twin's own elements
        return
    if factory.get_name() == "rtspsrc":
        _configure_rtsp(settings, element)
    elif settings.dec_skip_frames == KEY_FRAMES and "Decoder/Video" in factory.get_metadata(KLASS):
        element.get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, _pass_key)


def _kind(caps: Any) -> str:
    return str(caps.get_structure(0).get_name()) if caps.get_size() else ""


def _configure_rtsp(settings: SourceSettings, element: Any) -> None:
    put(element, latency=settings.latency, drop_on_latency=settings.drop_on_latency)
    put(element, udp_buffer_size=settings.udp_buffer_size)
    if settings.buffer_mode >= 0:
        put(element, buffer_mode=settings.buffer_mode)
    if settings.select_rtp_protocol == TCP:
        put(element, protocols="tcp")


def _pass_key(_pad: Any, info: Any) -> Any:
    delta = info.get_buffer().has_flags(Gst.BufferFlags.DELTA_UNIT)
    return Gst.PadProbeReturn.DROP if delta else Gst.PadProbeReturn.OK
