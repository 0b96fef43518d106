"""Where one object was in its last frames: what line crossing and direction look at.

The arithmetic is that of NVIDIA's libnvds_dsanalytics (DeepStream 9.1), whole pixels and single
precision included, so that an object crosses in the same frame as on the device.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

YOUNG = 3  # frames before an object has an earlier place
STILL_X, STILL_Y = 400, 0.01  # variance in x in pixels; variance in y over the height


@dataclass(frozen=True)
class Box:
    """Whole pixels: the centre, the width and the height of an object."""

    x: int
    y: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        return self.y + self.height // 2


class Trace:
    """The last ``length`` boxes of one object."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.boxes: deque[Box] = deque(maxlen=length)
        self.count = 0
        self.seen = 0  # nanoseconds
        self.crossed: set[str] = set()
        self.mean_height = np.float32(0)
        self.half_height = 0  # from the middle to the foot: of the mean height, in whole pixels
        self._sums = (0, 0, 0, 0, 0)  # x, y, x², y², height

    def add(self, box: Box, pts: int) -> None:
        if len(self.boxes) == self.length:
            self._count(self.boxes[0], -1)
        self.boxes.append(box)
        self._count(box, 1)
        self.count += 1
        self.seen = pts
        self.mean_height = np.float32(self._sums[4]) / np.float32(len(self.boxes))
        self.half_height = int(self.mean_height) // 2

    def _count(self, box: Box, sign: int) -> None:
        x, y, x_squared, y_squared, height = self._sums
        self._sums = (
            x + sign * box.x,
            y + sign * box.y,
            x_squared + sign * box.x * box.x,
            y_squared + sign * box.y * box.y,
            height + sign * box.height,
        )

    @property
    def stopped(self) -> bool:
        """Whether the object stood still for the whole of its trace."""
        if self.count <= self.length:
            return False
        number = np.float32(len(self.boxes))
        x, y = np.float32(self._sums[0]) / number, np.float32(self._sums[1]) / number
        along = np.float32(self._sums[2]) / number - x * x
        if along > STILL_X or self.mean_height <= 0:
            return False
        across = np.float32(self._sums[3]) / number - y * y
        return bool(across / self.mean_height <= STILL_Y)

    @property
    def earlier(self) -> Box:
        """The mean of the oldest boxes: two while the trace grows, four once it is full."""
        if self.count <= YOUNG:
            return Box(0, 0, 0, 0)
        number = 2 if self.count < self.length else 4
        oldest = [self.boxes[index % self.length] for index in range(number)]
        return Box(
            _mean([box.x for box in oldest]),
            _mean([box.y for box in oldest]),
            _mean([box.width for box in oldest]),
            _mean([box.height for box in oldest]),
        )


def _mean(values: list[int]) -> int:
    return int(sum(values) / len(values))
