"""TLT's rule: which channels of one group stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainer.pruning.scores import Equalization, Normalizer, Score, Scores


@dataclass(frozen=True)
class Rule:
    """How to score and how much must stay; ``exclude`` are names or globs of layers.

    ``max_prune`` is the largest part of a layer that may go; TLT's own rule has no such limit (1).
    """

    score: Score = "kernel"
    normalizer: Normalizer = "max"
    equalization: Equalization = "union"
    granularity: int = 8
    min_filters: int = 16
    max_prune: float = 1.0
    exclude: tuple[str, ...] = ()

    def kept_count(self, scores: Scores, threshold: float) -> int:
        """How many stay: above the threshold, at least the minimum, rounded up."""
        width = len(scores)
        least = max(min(self.min_filters, width), int(np.ceil(width * (1 - self.max_prune) - 1e-9)))
        count = max(int((scores > threshold).sum()), least, 1)
        rounded = -(-count // self.granularity) * self.granularity
        return min(rounded, width)

    def kept(self, scores: Scores, threshold: float) -> tuple[int, ...]:
        """Indices of the channels that stay, ascending: the best of ``kept_count``."""
        best = np.argsort(-scores, kind="stable")[: self.kept_count(scores, threshold)]
        return tuple(int(index) for index in np.sort(best))
