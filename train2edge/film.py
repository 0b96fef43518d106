"""A film of photos: where each lies in the frame, and which photo a frame shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.errors import InputError

Size = tuple[int, int]  # width, height


@dataclass(frozen=True)
class Fit:
    """A picture as a whole in a frame: scaled to one of the frame's sides, top left, rest black."""

    picture: Size
    frame: Size

    @property
    def inner(self) -> Size:
        """What the picture takes of the frame, in pixels."""
        ratio = min(self.frame[0] / self.picture[0], self.frame[1] / self.picture[1])
        width, height = (max(1, round(one * ratio)) for one in self.picture)
        return width, height

    def draw(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The frame, uint8 ``[height, width, 3]``."""
        if self.picture == self.frame:
            return picture
        width, height = self.inner
        canvas: NDArray[np.uint8] = np.zeros((self.frame[1], self.frame[0], 3), np.uint8)
        kernel = cv2.INTER_AREA if width < self.picture[0] else cv2.INTER_LINEAR
        canvas[:height, :width] = cv2.resize(picture, (width, height), interpolation=kernel)
        return canvas

    def to_picture(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 ``[N, 4]`` left, top, right, bottom: frame pixels to the picture's own."""
        ratio = [one / inner for one, inner in zip(self.picture, self.inner, strict=True)]
        return boxes * np.array(ratio * 2, np.float32)


def read_frames(path: Path) -> list[str]:
    """Picture names by frame, of lines ``NUMBER NAME``; ``InputError`` with file:line."""
    names = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        index, _, name = line.partition(" ")
        if index != str(number) or not name:
            raise InputError(
                f"expected '{number} NAME', not {line!r}", where=f"{path}:{number + 1}"
            )
        names.append(name)
    return names
