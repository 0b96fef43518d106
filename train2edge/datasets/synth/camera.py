"""A pinhole camera over a street.

World, metres: X to the right across the road, Y up from the ground, Z along the road. The camera
stands at (x, height, 0) and looks along Z, turned to the right by ``yaw``. It is not tilted:
looking down is a horizon above the middle, so that houses stay upright as in architects' photos.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Pixels = NDArray[np.float32]

NEAR = 0.4  # metres; nothing nearer is drawn


@dataclass(frozen=True)
class Camera:
    """Sizes, ``focal`` and ``horizon`` (a row) are in pixels of the drawing; ``yaw`` in radians."""

    width: int
    height: int
    focal: float
    horizon: float
    x: float
    above: float
    yaw: float

    @cached_property
    def _eye(self) -> Points:
        return np.array([self.x, self.above, 0.0])

    @cached_property
    def _turn(self) -> Points:
        sine, cosine = math.sin(self.yaw), math.cos(self.yaw)
        return np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])

    def view(self, points: Points) -> Points:
        """World ``[N, 3]`` to camera ``[N, 3]``: right, up, ahead."""
        return (points - self._eye) @ self._turn

    def image(self, seen: Points) -> Points:
        """Camera ``[N, 3]``, all ahead, to pixels ``[N, 2]``."""
        flat = seen[:, :2] * (self.focal / seen[:, 2:])
        flat[:, 0] += self.width / 2
        flat[:, 1] = self.horizon - flat[:, 1]
        return flat

    def outline(self, points: Points) -> Points | None:
        """World polygon to pixels, cut at the near plane; ``None`` if it is behind."""
        seen = self.view(points)
        if seen[:, 2].min() < NEAR:
            seen = _cut(seen)
            if len(seen) < 3:
                return None
        return self.image(seen)

    def outlines(self, shapes: Points) -> list[Points | None]:
        """Many world polygons of as many corners each, ``[N, corners, 3]``, at once."""
        seen = self.view(shapes.reshape(-1, 3))
        if not len(seen) or seen[:, 2].min() < NEAR:
            return [self.outline(shape) for shape in shapes]
        return list(self.image(seen).reshape(*shapes.shape[:2], 2))

    def pixels(self, point: tuple[float, float, float]) -> tuple[float, float, float] | None:
        """One world point to column, row and pixels per metre; ``None`` if it is behind."""
        seen = self.view(np.array([point], np.float64))
        if seen[0, 2] < NEAR:
            return None
        column, row = self.image(seen)[0]
        return float(column), float(row), self.focal / float(seen[0, 2])

    def depth(self, x: float, z: float) -> float:
        """Metres ahead of the camera."""
        return math.sin(self.yaw) * (x - self.x) + math.cos(self.yaw) * z

    def ground(self, columns: Pixels, rows: Pixels) -> tuple[Pixels, Pixels, Pixels]:
        """Where pixels below the horizon meet the ground: world X, world Z, metres ahead."""
        ahead = self.focal * self.above / np.maximum(rows - self.horizon, 0.5)
        right = (columns - self.width / 2) * ahead / self.focal
        sine, cosine = math.sin(self.yaw), math.cos(self.yaw)
        return self.x + cosine * right + sine * ahead, cosine * ahead - sine * right, ahead


def _cut(seen: Points) -> Points:
    """The part of a polygon ahead of the near plane (Sutherland and Hodgman, one plane)."""
    kept: list[Points] = []
    for here, following in zip(seen, np.roll(seen, -1, axis=0), strict=True):
        if here[2] >= NEAR:
            kept.append(here)
        if (here[2] >= NEAR) != (following[2] >= NEAR):
            part = (NEAR - here[2]) / (following[2] - here[2])
            kept.append(here + part * (following - here))
    return np.array(kept).reshape(-1, 3)
