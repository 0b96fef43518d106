"""The picture of means of nvinfer and nvdspreprocess: a binary PPM of the network's size."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train2edge.errors import InputError

HEADER = re.compile(rb"(P[36])\s+([0-9]+)\s+([0-9]+)\s+([0-9]+)\s")


def read(path: Path, width: int, height: int, channels: int = 3) -> NDArray[np.float32]:
    """Read ``path``: float32 ``[channels, height, width]``, the file's first colour first.

    Like nvinfer the bytes are taken as they are, whatever the network's colour order or number of
    channels, and a ``P3`` header is followed by bytes too. ``InputError`` for another size or a
    short file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    header = HEADER.match(data)
    if header is None:
        raise InputError("is no PPM picture (P6)", where=str(path))
    given = int(header[2]), int(header[3])
    if given != (width, height):
        message = f"is {given[0]}x{given[1]} pixels, the network's input is {width}x{height}"
        raise InputError(message, where=str(path))
    count = width * height * channels
    pixels = np.frombuffer(data, np.uint8, offset=header.end())[:count]
    if len(pixels) < count:
        raise InputError(f"ends after {len(pixels)} of {count} bytes of pixels", where=str(path))
    return pixels.reshape(height, width, channels).transpose(2, 0, 1).astype(np.float32)
