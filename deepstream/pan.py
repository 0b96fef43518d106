"""A film of photos in which things move: a camera that goes along a row of them.

Trackers and lines to count by need motion; photos with labels are easier had than such videos.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.pictures import checked, encode, write_film
from train2edge.datasets.picture import read_picture
from train2edge.errors import InputError
from train2edge.film import Size

IN_SIGHT = 16  # pictures that are kept decoded

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class PanReport:
    """The film: ``count`` frames of ``width`` x ``height`` pixels along ``pictures`` photos."""

    video: Path
    count: int
    pictures: int
    width: int
    height: int


@dataclass(frozen=True)
class Row:
    """Pictures side by side, each scaled to ``height``; ``ends`` are their right edges, pixels."""

    height: int
    ends: tuple[int, ...]

    @classmethod
    def of(cls, sizes: Sequence[Size], height: int) -> Row:
        widths = (max(1, round(width * height / tall)) for width, tall in sizes)
        return cls(height, tuple(accumulate(widths)))

    def part(self, number: int) -> tuple[int, int]:
        """Left and right edge of a picture."""
        return (self.ends[number - 1] if number else 0), self.ends[number]

    def seen(self, left: int, width: int) -> Iterator[int]:
        """The pictures between ``left`` and ``left + width``."""
        for number in range(len(self.ends)):
            start, end = self.part(number)
            if start < left + width and end > left:
                yield number


def pan_video(
    pictures: Sequence[Path], out: Path, *, step: int, size: Size = (1280, 720), fps: int = 25
) -> PanReport:
    """Write ``out`` (``.avi`` or ``.mkv``): the camera goes ``step`` pixels a frame to the right.

    A negative ``step`` begins at the right end and goes to the left: things move to the right.
    ``InputError`` for a step of 0 and for a row that is no wider than the frame.
    """
    if not step:
        raise InputError("a camera that stands still: the step is 0 pixels", where="--pan")
    looked = checked(pictures)
    row = Row.of([one.size for one in looked], size[1])
    places = _places(row, size[0], step)
    write_film(out, _frames([one.path for one in looked], row, places, size[0]), size, fps)
    return PanReport(out, len(places), len(looked), *size)


def _places(row: Row, width: int, step: int) -> range:
    """The left edge of every frame."""
    room = row.ends[-1] - width
    if room < abs(step):
        raise InputError(
            f"the pictures side by side are {row.ends[-1]} pixels wide, the frame {width}",
            where="--pan",
            hint="more pictures, or a narrower --size",
        )
    return range(0, room + 1, step) if step > 0 else range(room, -1, step)


def _frames(paths: Sequence[Path], row: Row, places: range, width: int) -> Iterator[bytes]:
    @lru_cache(IN_SIGHT)
    def scaled(number: int) -> Picture:
        start, end = row.part(number)
        picture = read_picture(paths[number])
        kernel = cv2.INTER_AREA if picture.shape[0] > row.height else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(picture, (end - start, row.height), interpolation=kernel))

    for left in places:
        frame: Picture = np.zeros((row.height, width, 3), np.uint8)
        for number in row.seen(left, width):
            start, end = row.part(number)
            low, high = max(start, left), min(end, left + width)
            frame[:, low - left : high - left] = scaled(number)[:, low - start : high - start]
        yield encode(frame)
