"""Taking validation pictures from training pictures: random, stratified, or by sequence.

Truly random under one seed, and independent of the order in which files were found. (TLT's
"random" split takes the first files of the sorted list, which puts one camera into validation.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from train2edge.datasets.sample import Sample
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.spec.dataset import Split


@dataclass(frozen=True)
class SplitPlan:
    """Which pictures go where: indices into the samples sorted by path."""

    train: tuple[int, ...]
    validation: tuple[int, ...]


def split(samples: Sequence[Sample], how: Split) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Part ``samples`` into training and validation, each sorted by path.

    At least one picture (or sequence) goes to either side unless ``how.validation`` is 0 or 1.
    Raises ``InputError`` where that is impossible.
    """
    ordered = sorted(samples, key=lambda sample: sample.image.as_posix())
    taken = plan(ordered, how)
    train = tuple(ordered[index] for index in taken.train)
    return train, tuple(ordered[index] for index in taken.validation)


def plan(samples: Sequence[Sample], how: Split) -> SplitPlan:
    """Decide which of the ordered ``samples`` are for validation."""
    wanted = _wanted(len(samples), how)
    methods: dict[str, Callable[[], set[int]]] = {
        "random": lambda: _random(samples, wanted, how.seed),
        "stratified": lambda: _stratified(samples, wanted, how.seed),
        "sequence": lambda: _by_sequence(samples, wanted, how.seed),
    }
    validation = methods[how.method]() if 0 < wanted < len(samples) else set(range(wanted))
    everyone = range(len(samples))
    return SplitPlan(
        tuple(index for index in everyone if index not in validation),
        tuple(index for index in everyone if index in validation),
    )


def with_sequences(samples: Sequence[Sample], pattern: str | None) -> tuple[Sample, ...]:
    """Name each sample's sequence: the first group of ``pattern`` found in its file name."""
    if pattern is None:
        return tuple(samples)
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(
            f"'{pattern}' is no regular expression: {error}", where="dataset.split.sequence_pattern"
        ) from None
    if compiled.groups < 1:
        raise InputError(
            f"'{pattern}' has no group",
            where="dataset.split.sequence_pattern",
            hint="put the sequence in parentheses, e.g. '^(.*)_[0-9]+$'",
        )
    return _matched(samples, compiled)


def _matched(samples: Sequence[Sample], pattern: re.Pattern[str]) -> tuple[Sample, ...]:
    named, problems = [], []
    for sample in samples:
        found = pattern.search(Path(sample.name).stem) or pattern.search(sample.name)
        if found is None or found.group(1) is None:
            message = f"sequence_pattern '{pattern.pattern}' does not fit this name"
            problems.append(Problem(str(sample.image), message))
        else:
            named.append(replace(sample, sequence=found.group(1)))
    if problems:
        more = [Problem("...", f"and {len(problems) - 20} more")] if len(problems) > 20 else []
        raise ProblemsError(problems[:20] + more)
    return tuple(named)


def _wanted(total: int, how: Split) -> int:
    if how.validation in (0.0, 1.0):
        return int(how.validation) * total
    if total < 2:
        raise InputError(
            f"{total} picture cannot be split into training and validation",
            where="dataset.split.validation",
            hint="set it to 0, or name pictures under dataset.validation",
        )
    return min(max(round(how.validation * total), 1), total - 1)


def _random(samples: Sequence[Sample], wanted: int, seed: int) -> set[int]:
    return set(np.random.default_rng(seed).permutation(len(samples))[:wanted].tolist())


def _stratified(samples: Sequence[Sample], wanted: int, seed: int) -> set[int]:
    """Iterative stratification: the rarest class is dealt first, to the side that lacks it most.

    Sechidis et al., "On the Stratification of Multi-label Data", 2011. Pictures without objects
    count as a class of their own.
    """
    rng = np.random.default_rng(seed)
    labels = [set(s.class_ids[~s.ignore].tolist()) or {-1} for s in samples]
    counts = {one: sum(one in here for here in labels) for here in labels for one in here}
    share = wanted / len(samples)
    lacking = {one: count * share for one, count in counts.items()}
    rest = {one: count * (1 - share) for one, count in counts.items()}
    room = [wanted, len(samples) - wanted]
    validation: set[int] = set()
    waiting = set(range(len(samples)))
    while waiting:
        rarest = min(counts, key=lambda one: (counts[one] or len(samples) + 1, one))
        for index in rng.permutation(sorted(i for i in waiting if rarest in labels[i])).tolist():
            take = (lacking[rarest], room[0]) > (rest[rarest], room[1])
            take = (take and room[0] > 0) or room[1] == 0
            room[0 if take else 1] -= 1
            waiting.remove(index)
            if take:
                validation.add(index)
            for one in labels[index]:
                (lacking if take else rest)[one] -= 1
                counts[one] -= 1
    return validation


def _by_sequence(samples: Sequence[Sample], wanted: int, seed: int) -> set[int]:
    """Whole sequences in random order, each taken if that brings the number nearer to wanted."""
    groups: dict[str, list[int]] = {}
    for index, sample in enumerate(samples):
        groups.setdefault(sample.sequence, []).append(index)
    if len(groups) < 2:
        raise InputError(
            f"all {len(samples)} pictures are of one sequence '{next(iter(groups))}'",
            where="dataset.split.sequence_pattern",
            hint="a pattern that tells sequences apart, or method: stratified",
        )
    names = [sorted(groups)[i] for i in np.random.default_rng(seed).permutation(len(groups))]
    taken: set[int] = set()
    for name in names[:-1]:
        if abs(len(taken) + len(groups[name]) - wanted) < abs(len(taken) - wanted):
            taken |= set(groups[name])
    return taken or set(groups[min(names, key=lambda name: len(groups[name]))])
