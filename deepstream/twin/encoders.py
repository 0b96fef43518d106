"""The encoder of a sink as pieces: converter, caps, encoder, parser."""

from __future__ import annotations

from deepstream.app_sections import Sink
from deepstream.twin.draft import Draft

NVMM = "video/x-raw(memory:NVMM)"
HARDWARE = {1: "nvv4l2h264enc", 2: "nvv4l2h265enc"}  # by codec
SOFTWARE = {1: "x264enc", 2: "x265enc"}
PARSERS = {1: "h264parse", 2: "h265parse", 3: "mpeg4videoparse"}


def encode(draft: Draft, name: str, sink: Sink) -> tuple[str, str]:
    """Add what encodes for ``sink``; gives the first piece and the last, a parser."""
    hardware = sink.enc_type == 0 and sink.codec in HARDWARE
    memory = NVMM if hardware else "video/x-raw"
    size = f",width={sink.width},height={sink.height}" if sink.width and sink.height else ""
    head = draft.queue(name)
    tail = draft.row(
        head,
        draft.add("nvvideoconvert", f"{name}_convert"),
        draft.add("capsfilter", f"{name}_caps", caps=f"{memory},format=I420{size}"),
        _codec(draft, f"{name}_encoder", sink, hardware),
        draft.add(PARSERS[sink.codec], f"{name}_parse"),
    )
    return head, tail


def _codec(draft: Draft, name: str, sink: Sink, hardware: bool) -> str:
    keys = sink.iframeinterval
    if hardware:
        return draft.add(
            HARDWARE[sink.codec],
            name,
            sink.where,
            bitrate=sink.bitrate,
            profile=sink.profile,
            iframeinterval=keys,
        )
    if sink.codec == 3:
        return draft.add("avenc_mpeg4", name, sink.where, bitrate=sink.bitrate, gop_size=keys or 12)
    return draft.add(
        SOFTWARE[sink.codec],
        name,
        sink.where,
        bitrate=max(1, sink.bitrate // 1000),  # kbit/s
        key_int_max=keys,
        speed_preset="veryfast",
        tune="zerolatency",
    )
