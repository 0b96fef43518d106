"""The properties that ``nvurisrcbin`` and ``nvmultiurisrcbin`` share: how any address is played."""

from __future__ import annotations

from typing import Any

from deepstream.twin.gst import GObject


class SourceSettings:
    """Gives an element those properties. The last ones are of the decoder's memory and of
    recordings: taken, unused."""

    file_loop = GObject.Property(type=bool, default=False)
    limit = GObject.Property(type=int, default=-1, nick="the twin's own: frames until the end")
    latency = GObject.Property(type=GObject.TYPE_UINT, default=100, nick="milliseconds")
    drop_on_latency = GObject.Property(type=bool, default=False)
    buffer_mode = GObject.Property(type=int, default=-1, nick="of the jitter buffer, -1: its own")
    udp_buffer_size = GObject.Property(type=GObject.TYPE_UINT, default=524288, nick="bytes")
    select_rtp_protocol = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="4: TCP alone")
    rtsp_reconnect_interval = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="seconds")
    init_rtsp_reconnect_interval = GObject.Property(
        type=GObject.TYPE_UINT, default=0, nick="seconds for the first picture"
    )
    rtsp_reconnect_attempts = GObject.Property(type=int, default=-1)
    drop_frame_interval = GObject.Property(type=GObject.TYPE_UINT, default=0)
    dec_skip_frames = GObject.Property(type=GObject.TYPE_UINT, default=0, nick="2: key frames")
    leaky = GObject.Property(type=int, default=0)
    max_size_buffers = GObject.Property(type=GObject.TYPE_UINT, default=0)

    disable_audio = GObject.Property(type=bool, default=True)
    num_extra_surfaces = GObject.Property(type=GObject.TYPE_UINT, default=1)
    cudadec_memtype = GObject.Property(type=GObject.TYPE_UINT, default=0)
    gpu_id = GObject.Property(type=GObject.TYPE_UINT, default=0)
    disable_passthrough = GObject.Property(type=bool, default=False)
    low_latency_mode = GObject.Property(type=bool, default=False)
    smart_record = GObject.Property(type=int, default=0)
    smart_rec_dir_path = GObject.Property(type=str, default="")
    smart_rec_file_prefix = GObject.Property(type=str, default="")
    smart_rec_cache = GObject.Property(type=GObject.TYPE_UINT, default=20)
    smart_rec_container = GObject.Property(type=int, default=0)
    smart_rec_mode = GObject.Property(type=int, default=0)
    smart_rec_default_duration = GObject.Property(type=GObject.TYPE_UINT, default=20)

    def __init_subclass__(cls) -> None:
        """PyGObject sees what a class itself defines; a base that were an element of its own would
        call ``__init__`` before GObject knows what the element is."""
        for attribute, one in SHARED.items():
            if attribute not in vars(cls):
                setattr(cls, attribute, one)


SHARED = {
    attribute: one
    for attribute, one in vars(SourceSettings).items()
    if isinstance(one, GObject.Property)
}


def copy(settings: Any, target: Any) -> None:
    """Give the element ``target`` what is set on ``settings``."""
    for attribute in SHARED:
        name = attribute.replace("_", "-")
        target.set_property(name, settings.get_property(name))
