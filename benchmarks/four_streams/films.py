"""Four films on which something happens, and the lines to count by on each.

Two are zooms into a real video, in which the cars are too small as they are; two are a camera that
goes along a row of test photos. Lines are in pixels of a picture of 1280x720.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deepstream.pan import pan_video
from deepstream.pictures import encode, write_film
from train2edge.datasets.layout import recognise
from train2edge.datasets.load import load
from train2edge.datasets.sample import Sample
from train2edge.spec.dataset import Dataset

Picture = NDArray[np.uint8]
SIZE = (960, 540)  # of the films
FPS = 25
SLOWER = 2  # the dashcam's 38 frames are a second and a half
STEP = 9  # pixels a frame of the camera along photos
PHOTOS = 9  # in a row


@dataclass(frozen=True)
class Line:
    """An upright line at ``x``: what crosses it to the right is counted, or what does to the left.

    nvdsanalytics writes the label at the line's end; two lines at one place end apart.
    """

    x: int
    to_right: bool

    def setting(self) -> str:
        """The arrow, then the line."""
        if self.to_right:
            arrow, name, end = f"{self.x - 60};600;{self.x + 60};600", "Right", 40
        else:
            arrow, name, end = f"{self.x + 60};660;{self.x - 60};660", "Left", 88
        return f"line-crossing-{name}={arrow};{self.x};719;{self.x};{end}"


@dataclass(frozen=True)
class Film:
    """A stream: its file, what it shows, its lines; ``counts``: things must cross them."""

    file: Path
    title: str
    lines: tuple[Line, ...]
    counts: bool = False


@dataclass(frozen=True)
class Zoom:
    """A window of 16:9 in a video, ``width`` pixels wide, whose left edge moves from ``left`` to
    ``right``; things cross the place ``line`` both ways."""

    title: str
    left: int
    right: int
    top: int
    width: int
    line: int

    @property
    def lines(self) -> tuple[Line, ...]:
        return Line(self.line, to_right=True), Line(self.line, to_right=False)


# The white car drives past the line in the one, the camera turns past both cars in the other.
ZOOMS = (
    Zoom("dashcam, zoomed", left=744, right=744, top=310, width=448, line=1018),
    Zoom("dashcam, turning", left=620, right=900, top=318, width=416, line=640),
)


def analytics(films: Sequence[Film]) -> str:
    """nvdsanalytics' file for the films as streams 0, 1, ..."""
    head = "[property]\nenable=1\nconfig-width=1280\nconfig-height=720\nosd-mode=2\n"
    parts = [head]
    for number, film in enumerate(films):
        lines = "\n".join(one.setting() for one in film.lines)
        parts.append(f"[line-crossing-stream-{number}]\nenable=1\nclass-id=-1\n{lines}\n")
    return "\n".join(parts)


def whole(video: Path) -> Film:
    """A video as it is, with lines for both ways in its middle."""
    return Film(video, video.name, (Line(640, to_right=True), Line(640, to_right=False)))


def zooms(video: Path, folder: Path) -> list[Film]:
    """Films of the dashcam's windows, at half its speed, there and back: a loop without a jump."""
    frames = [frame for frame in _frames(video) for _ in range(SLOWER)]
    films = []
    for number, zoom in enumerate(ZOOMS):
        file = folder / f"zoom{number}.avi"
        write_film(file, _zoomed(frames, zoom), SIZE, FPS)
        films.append(Film(file, zoom.title, zoom.lines))
    return films


def rows(data: Path, folder: Path) -> list[Film]:
    """Films along two rows of test photos, once to the right and once to the left."""
    photos = _by_turns(_test_part(data))[: 2 * PHOTOS]
    to_left = pan_video(photos[::2], folder / "row2.avi", step=STEP, size=SIZE, fps=FPS)
    to_right = pan_video(photos[1::2], folder / "row3.avi", step=-STEP, size=SIZE, fps=FPS)
    return [
        Film(to_left.video, "photos, to the left", (Line(640, to_right=False),), counts=True),
        Film(to_right.video, "photos, to the right", (Line(640, to_right=True),), counts=True),
    ]


def _frames(video: Path) -> Iterator[Picture]:
    reader = cv2.VideoCapture(str(video))
    while True:
        more, frame = reader.read()
        if not more:
            return
        yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)


def _zoomed(frames: Sequence[Picture], zoom: Zoom) -> Iterator[bytes]:
    height = zoom.width * SIZE[1] // SIZE[0]
    lefts = np.linspace(zoom.left, zoom.right, len(frames)).round().astype(int)
    there = list(zip(lefts, frames, strict=True))
    for left, frame in (*there, *reversed(there)):
        part = frame[zoom.top : zoom.top + height, left : left + zoom.width]
        yield encode(np.asarray(cv2.resize(part, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8))


def _test_part(data: Path) -> Sequence[Sample]:
    """Pictures that were not learned: the test part, or validation where there is none."""
    splits = load(Dataset.model_validate(recognise(data).dataset))
    return splits.test or splits.validation


def _by_turns(samples: Sequence[Sample]) -> list[Path]:
    """One of each class in turn, by the picture's largest object, spread over the part."""
    classes: dict[int, list[Path]] = defaultdict(list)
    for one in samples:
        if len(one.boxes):
            sides = one.boxes[:, 2:] - one.boxes[:, :2]
            classes[int(one.class_ids[sides.prod(1).argmax()])].append(one.image)
    few = [_spread(images, 2 * PHOTOS) for _, images in sorted(classes.items())]
    return [one for one in chain.from_iterable(zip_longest(*few)) if one is not None]


def _spread(images: Sequence[Path], most: int) -> list[Path]:
    step = max(1, len(images) // most)
    return list(images[::step])
