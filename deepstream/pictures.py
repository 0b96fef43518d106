"""A folder of pictures as one video, so that a device and the twin can be scored on photos.

JPEGs of one size go into the video unchanged, byte for byte; what a hardware decoder could not
show (PNG, progressive or grey JPEG, a rotated photo) is encoded at quality 95.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepstream.motion_jpeg import frame_count, plays_everywhere, write_avi
from train2edge.datasets.header import file_header
from train2edge.datasets.picture import defect, read_picture
from train2edge.errors import InputError, MissingError, Problem, ProblemsError, WorkError
from train2edge.files import replacing, write_text
from train2edge.film import Fit, Size, read_frames

CONTAINERS = (".avi", ".mkv")
QUALITY = 95


@dataclass(frozen=True)
class PicturesReport:
    """What became of a folder: frames in all, and how many were not copied byte for byte."""

    video: Path
    frames: Path
    count: int
    encoded: int
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """A picture file; ``as_is``: its bytes can stand in a film."""

    path: Path
    size: Size
    as_is: bool


def frames_file(video: Path) -> Path:
    """Where the picture names of ``video`` stand: ``frames.txt`` beside it."""
    return video.with_name("frames.txt")


def frames_of(video: Path) -> list[str] | None:
    """Picture names of a video that ``make_video`` wrote, ``None`` for any other video."""
    listed = frames_file(video)
    if video.suffix not in CONTAINERS or not listed.is_file():
        return None
    names = read_frames(listed)
    return names if frame_count(video) in (None, len(names)) else None


def make_video(
    pictures: Sequence[Path],
    out: Path,
    *,
    size: Size | None = None,
    fit: Size | None = None,
    fps: int = 25,
) -> PicturesReport:
    """Write ``pictures`` in their order as motion JPEG to ``out`` (``.avi`` or ``.mkv``).

    ``size`` (width, height) letterboxes pictures of other sizes with black, ``fit`` does so only if
    they are of several sizes; without either that is an ``InputError``. Beside the video stands
    ``frames.txt``, a line a frame: its number and the picture's name.
    """
    looked = checked(pictures)
    several = len({one.size for one in looked}) > 1
    chosen = size or (fit if several else None) or _one_size(looked)
    write_film(out, _frames(looked, chosen), chosen, fps)
    write_text(
        frames_file(out),
        "".join(f"{number} {one.path.name}\n" for number, one in enumerate(looked)),
    )
    encoded = sum(not (one.as_is and one.size == chosen) for one in looked)
    return PicturesReport(out, frames_file(out), len(looked), encoded, *chosen)


def write_film(out: Path, frames: Iterator[bytes], size: Size, fps: int) -> None:
    """Write JPEGs of ``size`` to ``out``, ``.avi`` or ``.mkv``; ``InputError`` for another name."""
    _check_name(out)
    if out.suffix == ".avi":
        write_avi(out, frames, size, fps)
    else:
        _write_matroska(out, frames, size, fps)


def _check_name(out: Path) -> None:
    if out.suffix not in CONTAINERS:
        raise InputError(f"a video is .avi or .mkv, not {out.suffix!r}", where=f"-o {out}")
    if out.suffix == ".mkv" and shutil.which("gst-launch-1.0") is None:
        raise MissingError(
            "gst-launch-1.0 is not installed, which writes .mkv",
            hint="name the video .avi, which needs nothing, or install gstreamer1.0-tools",
        )


def checked(paths: Sequence[Path]) -> list[Picture]:
    """The pictures, each looked at; ``ProblemsError`` with all that cannot be shown."""
    pictures, problems = [], []
    for path in paths:
        try:
            pictures.append(_picture(path))
        except InputError as error:
            problems.append(Problem(str(path), error.message))
    if problems:
        raise ProblemsError(problems)
    if not pictures:
        raise InputError("no pictures to make a video of")
    return pictures


def _picture(path: Path) -> Picture:
    if not path.name.isprintable():
        raise InputError("a picture's name holds a line break or another control character")
    if reason := defect(path):
        raise InputError(f"not a whole picture: {reason}")
    header = file_header(path)
    upright = header.format == "jpeg" and header.orientation == 1
    return Picture(path, header.size, upright and plays_everywhere(path.read_bytes()))


def _one_size(pictures: Sequence[Picture]) -> Size:
    first = pictures[0]
    other = next((one for one in pictures if one.size != first.size), None)
    if other is None:
        return first.size
    raise InputError(
        f"{other.path.name} is {_text(other.size)} pixels, {first.path.name} {_text(first.size)}: "
        "a video has one size",
        where=str(first.path.parent),
        hint=f"--size {_text(first.size)} letterboxes all to one size",
    )


def _text(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def _frames(pictures: Sequence[Picture], size: Size) -> Iterator[bytes]:
    for one in pictures:
        if one.as_is and one.size == size:
            yield one.path.read_bytes()
        else:
            picture = read_picture(one.path)
            height, width = picture.shape[:2]
            yield encode(Fit((width, height), size).draw(picture))


def encode(picture: NDArray[np.uint8]) -> bytes:
    """An RGB picture as JPEG."""
    import cv2

    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise WorkError("OpenCV could not encode a JPEG")
    return bytes(data)


def _write_matroska(out: Path, frames: Iterator[bytes], size: Size, fps: int) -> None:
    """By way of an AVI: the pictures' bytes are only moved from one container to the other."""
    with replacing(out) as beside:
        between = beside.with_suffix(".avi")
        try:
            write_avi(between, frames, size, fps)
            _remux(between, beside)
        finally:
            between.unlink(missing_ok=True)


def _remux(source: Path, out: Path) -> None:
    command = [
        "gst-launch-1.0", "-q",
        "filesrc", f"location={source}", "!", "avidemux", "!", "jpegparse",
        "!", "matroskamux", "!", "filesink", f"location={out}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or not out.stat().st_size:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise WorkError(f"gst-launch-1.0 could not write {out.name}: {last}")
