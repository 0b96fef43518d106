"""Motion JPEG in AVI, and the little of a JPEG that must be known to put it there unchanged.

AVI: Microsoft's RIFF with one video stream of intra frames and an ``idx1`` index. JPEG: ITU T.81,
marker segments before the first scan.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from train2edge.errors import InputError
from train2edge.files import replacing

# 32-bit sizes; players differ about what is above 4 GB minus the index.
LARGEST = 4_000_000_000
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_BASELINE = {0xC0, 0xC1}
_TOTAL_FRAMES = 48  # bytes before dwTotalFrames


def plays_everywhere(data: bytes) -> bool:
    """Whether hardware decoders take this JPEG: baseline coding, three colour components."""
    at = 2
    while at + 10 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _FRAMES:
            return marker in _BASELINE and data[at + 9] == 3
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def write_avi(path: Path, frames: Iterable[bytes], size: tuple[int, int], fps: int) -> int:
    """Write JPEGs of ``size`` (width, height) as an AVI that appears whole; gives their number."""
    with replacing(Path(path)) as beside, beside.open("wb") as out:
        out.write(_header(size, fps, 0, 0))
        index = _write_frames(out, frames)
        movie_end = out.tell()
        out.write(b"idx1" + struct.pack("<I", len(index)) + index)
        end = out.tell()
        count, largest = len(index) // 16, _largest(index)
        out.seek(0)
        out.write(_header(size, fps, count, largest, movie_end=movie_end, end=end))
    return count


def _write_frames(out: BinaryIO, frames: Iterable[bytes]) -> bytes:
    index = bytearray()
    start = out.tell() - 4
    for frame in frames:
        index += struct.pack("<4sIII", b"00dc", 0x10, out.tell() - start, len(frame))
        out.write(b"00dc" + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) % 2))
        if out.tell() + len(index) > LARGEST:
            raise InputError("the video would be larger than 4 GB", hint="split the folder")
    return bytes(index)


def _largest(index: bytes) -> int:
    return max((size for *_, size in struct.iter_unpack("<4sIII", index)), default=0)


def _header(
    size: tuple[int, int],
    fps: int,
    count: int,
    largest: int,
    *,
    movie_end: int = 0,
    end: int = 0,
) -> bytes:
    """Everything before the first frame; always of the same length."""
    width, height = size
    main = struct.pack(
        "<14I", 1_000_000 // fps, largest * fps, 0, 0x10, count, 0, 1, largest, width, height,
        0, 0, 0, 0,
    )  # fmt: skip
    stream = struct.pack(
        "<4s4sIHHIIIIIIIIHHHH", b"vids", b"MJPG", 0, 0, 0, 0, 1, fps, 0, count, largest,
        0xFFFFFFFF, 0, 0, 0, width, height,
    )  # fmt: skip
    picture = struct.pack(
        "<IiiHH4sIiiII", 40, width, height, 1, 24, b"MJPG", width * height * 3, 0, 0, 0, 0
    )
    streams = _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", picture))
    headers = _list(b"hdrl", _chunk(b"avih", main) + streams)
    before = 12 + len(headers)
    movie = b"LIST" + struct.pack("<I", max(0, movie_end - before - 8)) + b"movi"
    return b"RIFF" + struct.pack("<I", max(0, end - 8)) + b"AVI " + headers + movie


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data


def _list(name: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", name + data)


def frame_count(path: Path) -> int | None:
    """How many frames an AVI says it has; ``None`` if it is no AVI."""
    with path.open("rb") as file:
        start = file.read(_TOTAL_FRAMES + 4)
    if len(start) < _TOTAL_FRAMES + 4 or start[:4] != b"RIFF" or start[8:12] != b"AVI ":
        return None
    (count,) = struct.unpack_from("<I", start, _TOTAL_FRAMES)
    return int(count)
