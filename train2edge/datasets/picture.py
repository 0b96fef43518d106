"""Reading and writing pictures: uint8 RGB, upright, and never half of one.

Orientation is taken from the file's EXIF block here and nowhere else, so sizes, boxes and pixels
agree with what a viewer or a labelling tool shows, whatever the release of OpenCV does.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train2edge.datasets import header
from train2edge.datasets.header import (
    SUFFIXES,
    HeaderError,
    bytes_defect,
    file_header,
    read_header,
)
from train2edge.errors import InputError, WorkError

QUALITY = 95  # of a JPEG that is learned from: 45 dB (PSNR) from the pixels of traffic photos


@dataclass(frozen=True)
class Skipped:
    """A picture that was left out, and why."""

    image: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.image}: {self.reason}"


def picture_files(folder: Path, *, below: bool = False) -> list[Path]:
    """The pictures in ``folder`` (and in folders ``below``), sorted; hidden ones are not looked at.

    Raises ``InputError`` if there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise InputError("no such folder", where=str(folder))
    paths = folder.rglob("*") if below else folder.iterdir()
    files = sorted(one for one in paths if one.suffix.lower() in SUFFIXES)
    shown = [one for one in files if not one.name.startswith(".")]
    if not shown:
        raise InputError(f"no pictures ({', '.join(SUFFIXES)}) here", where=str(folder))
    return shown


def whole(files: Sequence[Path]) -> tuple[list[Path], list[Skipped]]:
    """The pictures that are whole, and the others with the reason."""
    reasons = [(one, defect(one)) for one in files]
    good = [one for one, reason in reasons if reason is None]
    return good, [Skipped(one, reason) for one, reason in reasons if reason is not None]


def picture_size(path: Path) -> tuple[int, int]:
    """Width, height in pixels of the upright picture, from its header alone.

    Raises ``InputError`` naming a picture that is absent, empty or no JPEG, PNG or BMP.
    """
    try:
        return file_header(path).size
    except HeaderError as error:
        raise InputError(f"not a whole picture: {error}", where=str(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The upright picture as uint8 ``[height, width, 3]``, RGB.

    Raises ``InputError`` naming a picture that is absent, empty, truncated or cannot be decoded.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if reason := bytes_defect(data):
        raise InputError(f"not a whole picture: {reason}", where=str(path))
    picture = _decode(data)
    if picture is None:
        raise InputError("not a whole picture: it cannot be decoded", where=str(path))
    return _upright(picture, read_header(io.BytesIO(data)).orientation)


def write_picture(picture: NDArray[np.uint8], path: Path) -> None:
    """Write uint8 ``[height, width, 3]`` RGB in the format that the file's suffix names.

    JPEG at ``QUALITY``; PNG and BMP lose nothing.
    """
    import cv2

    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(path.suffix.lower(), bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise WorkError(f"OpenCV could not encode it as {path.suffix}", where=str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.tobytes())


def defect(path: Path) -> str | None:
    """Why the file is no whole picture, or ``None``; headers and end marks, no decoding."""
    try:
        with Path(path).open("rb") as file:
            return header.defect(file)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _decode(data: bytes) -> NDArray[np.uint8] | None:
    import cv2

    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    log = cv2.utils.logging  # a picture that fails is told by us, with its name
    level = log.setLogLevel(log.LOG_LEVEL_SILENT)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        if picture is None:
            return None
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB, dst=picture), np.uint8)
    except cv2.error:
        return None
    finally:
        log.setLogLevel(level)


def _upright(picture: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undo EXIF orientation 1 to 8: the even four are mirrored, 5 to 8 are transposed."""
    if orientation >= 5:
        picture = picture.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        picture = picture[::-1]
    if orientation in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture)
