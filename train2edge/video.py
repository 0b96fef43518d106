"""What a local video file says of itself."""

from __future__ import annotations

from pathlib import Path

from train2edge.errors import InputError


def size(path: Path) -> tuple[int, int]:
    """Width, height in pixels of a local video; ``InputError`` if it cannot be read."""
    import cv2

    if not path.is_file():
        raise InputError("not a local video, so its size is not known", where=str(path))
    video = cv2.VideoCapture(str(path))
    try:
        found = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    finally:
        video.release()
    if not all(found):
        raise InputError("not a video that can be read", where=str(path))
    return found
