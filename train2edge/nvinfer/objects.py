"""The boxes of one picture as nvinfer holds them between its steps: one array a field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Objects:
    """``N`` boxes in pixels (of the network input, or of the frame where said so), in order.

    ``left``, ``top``, ``width``, ``height``, ``score`` float32 ``[N]``; ``class_id`` int32 ``[N]``;
    ``masks`` float32 ``[N, h, w]`` of an instance segmentation parser, else ``None``.
    Sizes may be zero or negative where nvinfer lets them be.
    """

    left: Floats
    top: Floats
    width: Floats
    height: Floats
    score: Floats
    class_id: Ints
    masks: Floats | None = field(default=None)

    def __len__(self) -> int:
        return len(self.score)

    @property
    def boxes(self) -> Floats:
        """float32 ``[N, 4]`` left, top, right, bottom."""
        right, bottom = self.left + self.width, self.top + self.height
        return np.stack([self.left, self.top, right, bottom], axis=1)

    @classmethod
    def empty(cls) -> Objects:
        none: Floats = np.zeros(0, np.float32)
        return cls(none, none, none, none, none, np.zeros(0, np.int32))

    @classmethod
    def join(cls, parts: Sequence[Objects]) -> Objects:
        """The objects of ``parts`` one after the other (masks only if every part has them)."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.empty()
        masks = [part.masks for part in parts if part.masks is not None]
        return cls(
            np.concatenate([part.left for part in parts]),
            np.concatenate([part.top for part in parts]),
            np.concatenate([part.width for part in parts]),
            np.concatenate([part.height for part in parts]),
            np.concatenate([part.score for part in parts]),
            np.concatenate([part.class_id for part in parts]),
            np.concatenate(masks) if len(masks) == len(parts) else None,
        )

    def by_class(self) -> list[Objects]:
        """One part a class, classes rising, the order within a class kept."""
        ordered = self
        if (self.class_id[1:] < self.class_id[:-1]).any():
            ordered = self.take(np.argsort(self.class_id, kind="stable"))
        ends = [*(np.flatnonzero(np.diff(ordered.class_id)) + 1).tolist(), len(self)]
        starts = [0, *ends[:-1]]
        return [ordered.take(slice(*ends)) for ends in zip(starts, ends, strict=True) if len(self)]

    def take(self, chosen: NDArray[Any] | slice) -> Objects:
        """The objects that ``chosen`` (indices, a bool mask, a slice) selects, in that order."""
        if isinstance(chosen, np.ndarray) and chosen.dtype == np.bool_:
            chosen = np.flatnonzero(chosen)  # once, and not for every field
        return Objects(
            self.left[chosen],
            self.top[chosen],
            self.width[chosen],
            self.height[chosen],
            self.score[chosen],
            self.class_id[chosen],
            None if self.masks is None else self.masks[chosen],
        )
