"""The sheet that scenes are drawn on, at twice the size, with a second sheet of who is where.

Every object that is drawn is also written, with its number, into ``owners``; drawn from far to
near, what is left of a number at the end is what can be seen of that object, to the pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.synth.camera import Points
from train2edge.datasets.synth.light import Colour

ZOOM = 2  # the drawing is this much larger than the picture, which smooths every edge
_SHIFT = 4  # fractional bits of OpenCV's drawing coordinates
_FAR = 60000.0  # pixels; polygons are cut to this, beyond any sheet


@dataclass
class Glow:
    """A lamp's shine, added at the end if its owner still shows at its place."""

    column: float
    row: float
    radius: float
    colour: Colour
    owner: int


class Canvas:
    """``pixels`` uint8 ``[H, W, 3]`` RGB; ``owners`` uint8 ``[H, W]``, 0 = nobody."""

    def __init__(self, width: int, height: int) -> None:
        self.pixels: NDArray[np.uint8] = np.zeros((height, width, 3), np.uint8)
        self.owners: NDArray[np.uint8] = np.zeros((height, width), np.uint8)
        self.glows: list[Glow] = []
        self.owner: int | None = None

    def copy(self) -> Canvas:
        other = Canvas.__new__(Canvas)
        other.pixels, other.owners = self.pixels.copy(), self.owners.copy()
        other.glows, other.owner = list(self.glows), None
        return other

    def polygons(
        self, outlines: Sequence[Points | None], colour: Colour, *, owned: bool = True
    ) -> None:
        """Fill outlines ``[N, 2]`` (``None`` ones are behind the camera) with one colour."""
        whole = [_fixed(outline) for outline in outlines if outline is not None]
        if not whole:
            return
        for outline in whole:  # one by one: OpenCV fills overlaps of a group even-odd
            cv2.fillPoly(self.pixels, [outline], colour, cv2.LINE_AA, _SHIFT)
            if owned and self.owner is not None:
                cv2.fillPoly(self.owners, [outline], (self.owner,), cv2.LINE_8, _SHIFT)

    def many(self, outlines: Sequence[Points | None], colour: Colour) -> None:
        """Fill outlines that do not overlap, nobody's, with one call."""
        whole = [_fixed(outline) for outline in outlines if outline is not None]
        if whole:
            cv2.fillPoly(self.pixels, whole, colour, cv2.LINE_AA, _SHIFT)

    def limb(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        thickness: float,
        colour: Colour,
    ) -> None:
        """A stroke with round ends."""
        ends = [_point(start), _point(end)]
        width = max(1, round(thickness))
        cv2.line(self.pixels, ends[0], ends[1], colour, width, cv2.LINE_AA, _SHIFT)
        if self.owner is not None:
            cv2.line(self.owners, ends[0], ends[1], (self.owner,), width, cv2.LINE_8, _SHIFT)

    def disc(self, centre: tuple[float, float], radius: float, colour: Colour) -> None:
        size = max(1, round(radius * 2**_SHIFT))
        cv2.circle(self.pixels, _point(centre), size, colour, -1, cv2.LINE_AA, _SHIFT)
        if self.owner is not None:
            cv2.circle(self.owners, _point(centre), size, (self.owner,), -1, cv2.LINE_8, _SHIFT)

    def shadows(self, layers: Sequence[tuple[Sequence[Points | None], float]], blur: float) -> None:
        """Darken what lies under each layer's outlines by its depth (0 to 1), with soft edges.

        Where layers meet, the later one counts. ``blur`` is in pixels of the sheet.
        """
        height, width = self.owners.shape
        mask = np.zeros((height // ZOOM, width // ZOOM), np.uint8)
        for outlines, depth in layers:
            for outline in outlines:
                if outline is not None:
                    small = [_fixed(outline / ZOOM)]
                    cv2.fillPoly(mask, small, (round(255 * depth),), cv2.LINE_AA, _SHIFT)
        rows = np.flatnonzero(mask.any(axis=1))
        if not len(rows):
            return
        margin = int(blur) + 1
        start, end = max(0, rows[0] - margin), min(len(mask), rows[-1] + margin)
        soft = cv2.blur(mask[start:end], (int(blur) | 1, int(blur / 2) | 1))
        part = self.pixels[start * ZOOM : end * ZOOM]
        whole = cv2.resize(255 - soft, (width, len(part)), interpolation=cv2.INTER_LINEAR)
        cv2.multiply(part, cv2.merge([whole] * 3), dst=part, scale=1 / 255)

    def shine(self, column: float, row: float, radius: float, colour: Colour) -> None:
        self.glows.append(Glow(column, row, radius, colour, self.owner or 0))

    def picture(self) -> NDArray[np.uint8]:
        """The sheet at the picture's size, lamps' shine added."""
        height, width = self.owners.shape
        size = (width // ZOOM, height // ZOOM)
        small = np.asarray(cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        for glow in self.glows:
            column, row = round(glow.column), round(glow.row)
            inside = 0 <= column < width and 0 <= row < height
            if inside and self.owners[row, column] == glow.owner:
                _add_glow(small, glow)
        return small


def _add_glow(picture: NDArray[np.uint8], glow: Glow) -> None:
    column, row = glow.column / ZOOM, glow.row / ZOOM
    radius = min(glow.radius / ZOOM, 90.0)
    left, top = max(0, int(column - radius)), max(0, int(row - radius))
    part = picture[top : int(row + radius) + 1, left : int(column + radius) + 1]
    if not part.size:
        return
    down = np.arange(top, top + part.shape[0], dtype=np.float32)[:, None] - row
    over = np.arange(left, left + part.shape[1], dtype=np.float32)[None] - column
    near = np.clip(1 - np.sqrt(down**2 + over**2) / max(radius, 1.0), 0, 1) ** 2.2
    added = part + near[..., None] * np.asarray(glow.colour, np.float32)
    part[:] = np.minimum(added, 255).astype(np.uint8)


def _fixed(outline: Points) -> NDArray[np.int32]:
    near = np.minimum(np.maximum(outline, -_FAR), _FAR)
    return np.asarray(near * 2**_SHIFT, np.int32)


def _point(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0] * 2**_SHIFT), round(point[1] * 2**_SHIFT)
