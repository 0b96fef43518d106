"""TLT's pruning rule once more, slow and plain, straight from its description.

Written with lists and loops and nothing of the product, to be compared with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Kernel = Sequence[Sequence[float]]  # a filter after the other, each flat


def norms(kernel: Kernel) -> list[float]:
    return [math.sqrt(sum(value * value for value in one)) for one in kernel]


def normalized(statistic: Sequence[float], normalizer: str) -> list[float]:
    if normalizer == "max":
        return [value / max(statistic) for value in statistic]
    length = math.sqrt(sum(value * value for value in statistic))
    return [value / length * len(statistic) for value in statistic]


def merged(layers: Sequence[Sequence[float]], equalization: str) -> list[float]:
    columns = list(zip(*layers, strict=True))
    if equalization == "union":
        return [max(column) for column in columns]
    if equalization == "intersection":
        return [min(column) for column in columns]
    if equalization == "arithmetic_mean":
        return [sum(column) / len(column) for column in columns]
    return [math.prod(column) ** (1 / len(column)) for column in columns]


def retained(
    scores: Sequence[float], threshold: float, granularity: int, min_filters: int
) -> list[int]:
    count = len([score for score in scores if score > threshold])
    count = max(count, min(min_filters, len(scores)))
    while count % granularity:
        count += 1
    count = min(count, len(scores))
    ranking = sorted(range(len(scores)), key=lambda index: -scores[index])
    return sorted(ranking[:count])
