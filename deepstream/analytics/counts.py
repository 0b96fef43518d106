"""How many objects of each class there are, calmed over a short time: the most frequent count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MASK = 2**64 - 1  # times are unsigned there: one that goes back lies very far away


@dataclass
class _Past:
    """Counts of one class: how often each occurred, and when."""

    often: dict[int, int] = field(default_factory=dict)
    at: dict[int, int] = field(default_factory=dict)
    updated: int | None = None


class SmoothCounts:
    """Counts per class over ``window_ms``; equal frequencies: the count that came up last wins."""

    def __init__(self, window_ms: int) -> None:
        self.window = window_ms
        self.classes: dict[int, _Past] = {}

    def update(self, counts: Mapping[int, int], pts: int) -> dict[int, int]:
        """Take the counts of one frame, ``pts`` in nanoseconds; give the calmed ones."""
        calmed = {one: self._calm(one, count, pts) for one, count in counts.items()}
        for one, past in self.classes.items():
            if past.updated != pts:
                calmed[one] = self._calm(one, 0, pts)
        return calmed

    def _calm(self, class_id: int, count: int, pts: int) -> int:
        past = self.classes.setdefault(class_id, _Past())
        past.often[count] = past.often.get(count, 0) + 1
        for time in [one for one in past.at if ((pts - one) & MASK) / 1e6 > self.window]:
            past.often[past.at.pop(time)] -= 1
        past.at[pts] = count
        past.updated = pts
        return max(reversed(past.often), key=lambda one: past.often[one])
