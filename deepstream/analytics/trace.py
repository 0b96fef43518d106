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
        self._sums = [0, 0, 0, 0, 0]  # x, y, x², y², height

    def add(self, box: Box, pts: int) -> None:
        if len(self.boxes) == self.length:
            self._count(self.boxes[0], -1)
        self.boxes.append(box)
        self._count(box, 1)
        self.count += 1
        self.seen = pts

    def _count(self, box: Box, sign: int) -> None:
        values = (box.x, box.y, box.x * box.x, box.y * box.y, box.height)
        self._sums = [total + sign * value for total, value in zip(self._sums, values, strict=True)]

    @property
    def mean_height(self) -> np.float32:
        return np.float32(self._sums[4]) / np.float32(len(self.boxes))

    @property
    def stopped(self) -> bool:
        """Whether the object stood still for the whole of its trace."""
        if self.count <= self.length:
            return False
        number = np.float32(len(self.boxes))
        x, y, x_squared, y_squared = (np.float32(one) / number for one in self._sums[:4])
        along, across = x_squared - x * x, y_squared - y * y
        height = self.mean_height
        return bool(along <= STILL_X and height > 0 and across / height <= STILL_Y)

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
