"""A picture's size and wholeness from its bytes, without decoding: JPEG, PNG, BMP.

Sources: ITU-T T.81 (JPEG markers), CIPA DC-008 (EXIF orientation), W3C PNG, Microsoft BITMAPINFO.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")
LARGEST = 1 << 28  # pixels; a header that claims more is damage or a trap, not a photo

_PNG = b"\x89PNG\r\n\x1a\n"
_ENDS = {"jpeg": (b"\xff\xd9", "JPEG end marker"), "png": (b"IEND", "PNG end chunk")}
_TAIL = 4096  # bytes at the end of a file in which its end mark almost always is
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


class HeaderError(ValueError):
    """The bytes are no whole picture of a known format; the text says why."""


@dataclass(frozen=True)
class Header:
    """What the first bytes say. ``orientation`` is EXIF's 1 to 8; ``body`` where pixels follow."""

    format: str
    stored_width: int
    stored_height: int
    orientation: int
    body: int

    @property
    def size(self) -> tuple[int, int]:
        """Width, height of the upright picture, EXIF orientation applied."""
        if self.orientation >= 5:
            return self.stored_height, self.stored_width
        return self.stored_width, self.stored_height


def read_header(file: BinaryIO) -> Header:
    """Read the header at the start of ``file``; ``HeaderError`` says what is wrong."""
    start = file.read(8)
    file.seek(0)
    if not start:
        raise HeaderError("the file is empty")
    if start[:2] == b"\xff\xd8":
        header = _jpeg(file)
    elif start == _PNG:
        header = _png(file)
    elif start[:2] == b"BM":
        header = _bmp(file)
    else:
        raise HeaderError(f"not a JPEG, PNG or BMP picture (it starts with {start[:4].hex(' ')})")
    if not (header.stored_width > 0 and header.stored_height > 0):
        raise HeaderError(f"it claims {header.stored_width}x{header.stored_height} pixels")
    if header.stored_width * header.stored_height > LARGEST:
        raise HeaderError(
            f"it claims {header.stored_width}x{header.stored_height} pixels, too many"
        )
    return header


def file_header(path: Path) -> Header:
    with path.open("rb") as file:
        return read_header(file)


def defect(file: BinaryIO) -> str | None:
    """Why an open file is no whole picture, or ``None``: its header, and whether its end is there.

    Looks at the last bytes first; at the rest only if something follows the picture.
    """
    try:
        header = read_header(file)
    except HeaderError as error:
        return str(error)
    size = file.seek(0, io.SEEK_END)
    if header.format == "bmp":
        return _bmp_defect(header, file, size)
    mark, name = _ENDS[header.format]
    for start in (max(header.body, size - _TAIL), header.body):
        file.seek(start)
        if mark in file.read():
            return None
    return f"truncated: no {name} in {size} bytes"


def bytes_defect(data: bytes) -> str | None:
    """As ``defect``, of a file's bytes."""
    return defect(io.BytesIO(data))


def _bmp_defect(header: Header, file: BinaryIO, size: int) -> str | None:
    file.seek(28)
    bits, compression = struct.unpack("<HI", _take(file, 6))
    wanted = header.body + (header.stored_width * bits + 31) // 32 * 4 * header.stored_height
    if compression in (0, 3) and size < wanted:
        return f"truncated: {size} bytes, {wanted} wanted"
    return None


def _take(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise HeaderError("truncated: it ends inside the header")
    return data


def _jpeg(file: BinaryIO) -> Header:
    file.seek(2)
    orientation = 1
    while True:
        marker = _jpeg_marker(file)
        if marker in _JPEG_ALONE:
            continue
        if marker in (0xD9, 0xDA):
            raise HeaderError("no JPEG frame header before the pixels")
        length = struct.unpack(">H", _take(file, 2))[0] - 2
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">xHH", _take(file, 5))
            return Header("jpeg", width, height, orientation, file.tell())
        if marker == 0xE1:
            block = _take(file, max(0, length))
            if block[:6] == b"Exif\0\0":
                orientation = exif_orientation(block[6:])
        else:
            file.seek(max(0, length), io.SEEK_CUR)


def _jpeg_marker(file: BinaryIO) -> int:
    byte = _take(file, 1)
    if byte != b"\xff":
        raise HeaderError(f"damaged JPEG header at byte {file.tell() - 1}")
    while byte == b"\xff":
        byte = _take(file, 1)
    return byte[0]


def _png(file: BinaryIO) -> Header:
    file.seek(8)
    length, kind = struct.unpack(">I4s", _take(file, 8))
    if kind != b"IHDR" or length != 13:
        raise HeaderError("damaged PNG header")
    width, height = struct.unpack(">II", _take(file, 8))
    file.seek(9, io.SEEK_CUR)
    orientation = 1
    while True:
        length, kind = struct.unpack(">I4s", _take(file, 8))
        if kind in (b"IDAT", b"IEND"):
            return Header("png", width, height, orientation, file.tell())
        if kind == b"eXIf":
            orientation = exif_orientation(_take(file, length))
            length = 0
        file.seek(length + 4, io.SEEK_CUR)


def _bmp(file: BinaryIO) -> Header:
    start = _take(file, 34)
    body, size = struct.unpack_from("<II", start, 10)
    if size < 40:
        raise HeaderError("a BMP of before Windows 3, which is not read")
    width, height = struct.unpack_from("<ii", start, 18)
    return Header("bmp", width, abs(height), 1, body)


def exif_orientation(block: bytes) -> int:
    """EXIF tag 0x0112 of a TIFF block, 1 (upright) if it is absent or makes no sense."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return 1
    (start,) = struct.unpack_from(order + "I", block, 4)
    if start + 2 > len(block):
        return 1
    (count,) = struct.unpack_from(order + "H", block, start)
    for at in range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12):
        tag, kind = struct.unpack_from(order + "HH", block, at)
        if tag == 0x0112 and kind == 3:
            (value,) = struct.unpack_from(order + "H", block, at + 8)
            return value if 1 <= value <= 8 else 1
    return 1
