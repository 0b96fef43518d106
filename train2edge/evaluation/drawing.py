"""Boxes on pictures, readable: thin frames, labels on their own ground that avoid each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.detections import FrameDetections
from train2edge.errors import WorkError
from train2edge.evaluation.mistakes import PictureMistakes
from train2edge.metrics.matching import IGNORED

Picture = NDArray[np.uint8]
Color = tuple[int, int, int]  # RGB
Rect = tuple[int, int, int, int]

RIGHT: Color = (67, 176, 42)
WRONG: Color = (224, 60, 49)
MISSED: Color = (255, 163, 0)
UNCOUNTED: Color = (140, 140, 140)
MEANING = {
    "right": RIGHT,
    "wrong": WRONG,
    "labelled, but not found": MISSED,
    "ignored": UNCOUNTED,
}

# One colour a class, then again from the start; Okabe and Ito's, told apart by all eyes.
PALETTE: tuple[Color, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (213, 94, 0),
    (204, 121, 167),
    (0, 114, 178),
    (240, 228, 66),
)

SMALLEST = 640  # pixels of width under which a picture is enlarged, so that labels can be read
FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass
class Canvas:
    """A picture that is drawn on; boxes are given in pixels of the original picture."""

    picture: Picture
    scale: float
    taken: list[Rect] = field(default_factory=list)

    @classmethod
    def of(cls, picture: Picture, smallest: int = SMALLEST) -> Canvas:
        """A copy of ``picture`` (uint8 HWC RGB), enlarged to ``smallest`` pixels of width."""
        scale = max(1.0, smallest / picture.shape[1])
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        copy = picture.copy() if scale == 1 else cv2.resize(picture, size)
        return cls(np.ascontiguousarray(copy, np.uint8), scale)

    @property
    def thickness(self) -> int:
        return max(2, int(self.picture.shape[1]) // 480)

    def box(self, box: NDArray[np.floating], color: Color, *, dashed: bool = False) -> None:
        left, top, right, bottom = self._corners(box)
        if not dashed:
            cv2.rectangle(
                self.picture, (left, top), (right, bottom), color, self.thickness, cv2.LINE_AA
            )
            return
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        for start, end in pairwise(corners):
            self._dashes(start, end, color)

    def label(self, box: NDArray[np.floating], text: str, color: Color) -> None:
        """Write ``text`` at the first free place: over the box, inside at its top, or under it."""
        size = max(0.42, self.picture.shape[1] / 1600)
        (width, height), base = cv2.getTextSize(text, FONT, size, 1)
        width, height = width + 8, height + base + 4
        place = self._place(box, width, height)
        self.taken.append(place)
        left, top, right, bottom = place
        cv2.rectangle(self.picture, (left, top), (right, bottom), color, cv2.FILLED)
        ink = (20, 20, 20) if _bright(color) else (255, 255, 255)
        spot = (left + 4, bottom - base - 1)
        cv2.putText(self.picture, text, spot, FONT, size, ink, 1, cv2.LINE_AA)

    def _corners(self, box: NDArray[np.floating]) -> Rect:
        height, width = self.picture.shape[:2]
        left, top, right, bottom = (float(value) * self.scale for value in box)
        across = np.clip(np.round([left, right]), 0, width - 1).astype(int)
        down = np.clip(np.round([top, bottom]), 0, height - 1).astype(int)
        return int(across[0]), int(down[0]), int(across[1]), int(down[1])

    def _place(self, box: NDArray[np.floating], width: int, height: int) -> Rect:
        left, top, _, bottom = self._corners(box)
        left = max(0, min(left, self.picture.shape[1] - width))
        last = self.picture.shape[0] - height
        tops = [min(max(0, one), last) for one in (top - height, top, bottom, bottom - height)]
        places = [(left, one, left + width, one + height) for one in tops]
        return next((one for one in places if not self._covered(one)), places[0])

    def _covered(self, rect: Rect) -> bool:
        left, top, right, bottom = rect
        return any(
            left < one[2] and one[0] < right and top < one[3] and one[1] < bottom
            for one in self.taken
        )

    def _dashes(self, start: tuple[int, int], end: tuple[int, int], color: Color) -> None:
        first, last = np.array(start, float), np.array(end, float)
        length = float(np.abs(last - first).max())
        for at in np.arange(0, length, 12):
            pieces = [first + (last - first) * min(one, length) / length for one in (at, at + 7)]
            one, other = ((int(x), int(y)) for x, y in pieces)
            cv2.line(self.picture, one, other, color, self.thickness, cv2.LINE_AA)


def draw_detections(
    picture: Picture, found: FrameDetections, classes: Sequence[str], smallest: int = SMALLEST
) -> Picture:
    """Every detection with class and score, a colour a class; a new picture, uint8 HWC RGB."""
    canvas = Canvas.of(picture, smallest)
    for row in np.argsort(found.scores):
        label = int(found.class_ids[row])
        canvas.box(found.boxes[row], PALETTE[label % len(PALETTE)])
    for row in np.argsort(-found.scores):
        canvas.label(found.boxes[row], _text(found, row, classes), _color(found, row))
    return canvas.picture


def draw_mistakes(picture: Picture, mistakes: PictureMistakes, classes: Sequence[str]) -> Picture:
    """What was right, wrong and not found, in the colours of ``MEANING``; a new picture."""
    canvas = Canvas.of(picture)
    for box in mistakes.sample.boxes[mistakes.sample.ignore]:
        canvas.box(box, UNCOUNTED, dashed=True)
    for row in mistakes.missed:
        canvas.box(mistakes.sample.boxes[row], MISSED, dashed=True)
    for row, color in _by_importance(mistakes):
        canvas.box(mistakes.found.boxes[row], color)
    for row in mistakes.missed:
        label = classes[mistakes.sample.class_ids[row]]
        canvas.label(mistakes.sample.boxes[row], f"{label} missed", MISSED)
    for row, color in reversed(list(_by_importance(mistakes))):
        text = _text(mistakes.found, row, classes)
        kind = mistakes.kinds.get(row)
        canvas.label(mistakes.found.boxes[row], f"{text} {kind}" if kind else text, color)
    return canvas.picture


def encode_jpeg(picture: Picture, quality: int = 85) -> bytes:
    """The bytes of a JPEG of a uint8 HWC RGB picture."""
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise WorkError("OpenCV could not encode a JPEG")
    return bytes(data)


def css(color: Color) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _by_importance(mistakes: PictureMistakes) -> Iterable[tuple[int, Color]]:
    """Uncounted detections first, then right ones, wrong ones last and so on top."""
    colors = {
        row: UNCOUNTED if truth == IGNORED else WRONG if row in mistakes.kinds else RIGHT
        for row, truth in enumerate(mistakes.truth)
    }
    order = (UNCOUNTED, RIGHT, WRONG)
    return sorted(colors.items(), key=lambda one: order.index(one[1]))


def _text(found: FrameDetections, row: int, classes: Sequence[str]) -> str:
    track = "" if found.track_ids is None else f" #{int(found.track_ids[row])}"
    return f"{classes[int(found.class_ids[row])]}{track} {float(found.scores[row]):.2f}"


def _color(found: FrameDetections, row: int) -> Color:
    return PALETTE[int(found.class_ids[row]) % len(PALETTE)]


def _bright(color: Color) -> bool:
    red, green, blue = color
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140
