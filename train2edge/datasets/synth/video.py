"""Encoding frames as H.264 in MP4 by GStreamer, in a process of its own."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train2edge.errors import MissingError, WorkError

ELEMENTS = ("rawvideoparse", "videoconvert", "x264enc", "h264parse", "mp4mux")
_HINT = (
    "apt-get install gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good "
    "gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly, or --frames 0 for no video"
)


def check_encoder() -> None:
    """``MissingError`` if GStreamer or one of the elements that are used is not installed."""
    for program in ("gst-launch-1.0", "gst-inspect-1.0"):
        if shutil.which(program) is None:
            raise MissingError(f"the video needs GStreamer: no {program}", hint=_HINT)
    absent = [name for name in ELEMENTS if not _exists(name)]
    if absent:
        raise MissingError(f"the video needs GStreamer's {', '.join(absent)}", hint=_HINT)


def _exists(element: str) -> bool:
    answer = subprocess.run(
        ["gst-inspect-1.0", "--exists", element], capture_output=True, check=False, timeout=60
    )
    return answer.returncode == 0


class Encoder:
    """A running encoder; ``write`` takes RGB frames ``[H, W, 3]`` uint8, even sizes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def write(self, picture: NDArray[np.uint8]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(picture).tobytes())
        except BrokenPipeError:
            raise WorkError(_complaint(self._process)) from None


@contextlib.contextmanager
def encoding(folder: Path, name: str, size: tuple[int, int], rate: int) -> Iterator[Encoder]:
    """Encode what the block writes into ``folder/name``. ``size`` is width, height in pixels."""
    width, height = size
    raw = f"rawvideoparse width={width} height={height} format=rgb framerate={rate}/1"
    encode = f"x264enc pass=qual quantizer=20 speed-preset=veryfast key-int-max={rate} threads=1"
    line = f"fdsrc fd=0 ! {raw} ! videoconvert ! video/x-raw,format=I420 ! {encode}"
    line += f" ! video/x-h264,profile=high ! h264parse ! mp4mux ! filesink location={name}"
    process = subprocess.Popen(
        ["gst-launch-1.0", "-q", *line.split()],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        yield Encoder(process)
        complaint = _complaint(process)
        if process.returncode or not (folder / name).is_file():
            raise WorkError(complaint)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _complaint(process: subprocess.Popen[bytes]) -> str:
    """Close the encoder and say how it ended."""
    _, errors = process.communicate(timeout=120)
    last = errors.decode(errors="replace").strip().splitlines()[-3:]
    return f"gst-launch-1.0 ended with {process.returncode}: {' '.join(last) or 'no message'}"
