"""What a local video file says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from train2edge.errors import InputError


@dataclass(frozen=True)
class Header:
    """Width and height in pixels as they are stored; players turn the picture by ``turned``
    degrees, as phones ask for, decoders do not."""

    width: int
    height: int
    turned: int


def size(path: Path) -> tuple[int, int]:
    """Width, height in pixels that a decoder gives; ``InputError`` if it cannot be read."""
    found = header(path)
    return found.width, found.height


def header(path: Path) -> Header:
    """``InputError`` for what is no local video that can be read."""
    import cv2

    if not path.is_file():
        raise InputError("not a local video, so its size is not known", where=str(path))
    video = cv2.VideoCapture(str(path))
    try:
        video.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
        width, height, turned = (
            int(video.get(one))
            for one in (
                cv2.CAP_PROP_FRAME_WIDTH,
                cv2.CAP_PROP_FRAME_HEIGHT,
                cv2.CAP_PROP_ORIENTATION_META,
            )
        )
    finally:
        video.release()
    if not (width and height):
        raise InputError("not a video that can be read", where=str(path))
    return Header(width, height, turned % 360)
