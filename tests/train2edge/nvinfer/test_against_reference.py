"""The package against the slow reference, bit for bit, on random cases of every family."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from tests.train2edge.nvinfer.random_vectors import MAKERS, vector
from tests.train2edge.nvinfer.reference import FailureError
from tests.train2edge.nvinfer.vector_runs import package, plain
from tests.train2edge.nvinfer.vectors import FIELDS, Vector
from train2edge.nvinfer import neighbors
from train2edge.nvinfer.cluster import nms
from train2edge.nvinfer.layers import ParseError
from train2edge.nvinfer.objects import Objects

# More rounds by hand: T2E_ROUNDS=2000 pytest ...
ROUNDS = int(os.environ.get("T2E_ROUNDS", "60"))


def answer(run: Any, case: Vector) -> Any:
    try:
        return run(case)
    except (ParseError, FailureError):
        return None


def values(found: Any) -> list[Any]:
    """The answer's parts, floats as their bits: NaN is NaN, and -0 is not 0."""
    if isinstance(found, Objects):
        parts = [getattr(found, field) for field in FIELDS]
        if found.masks is not None and len(found):
            parts.append(found.masks)
        return [one.view(np.int32) if one.dtype == np.float32 else one for one in parts]
    return [np.asarray(one) for one in found]


@pytest.mark.parametrize("family", sorted(MAKERS))
def test_package_and_reference_agree(family: str) -> None:
    agree(family, range(ROUNDS))


@pytest.mark.parametrize("few", [-1, 1000])  # candidates a box: all in blocks, all in pairs
def test_crowds_are_cut_into_parts_without_a_seam(
    monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(neighbors, "FEW", few)
    monkeypatch.setattr(neighbors, "PAIRS", 7)
    monkeypatch.setattr(neighbors, "ROWS", 5)
    monkeypatch.setattr(nms, "FIRST_BLOCK", 2)
    monkeypatch.setattr(nms, "BLOCK", 3)
    agree("cluster", range(ROUNDS, 3 * ROUNDS))


def agree(family: str, seeds: Iterable[int]) -> None:
    for seed in seeds:
        case = vector(family, seed)
        found, expected = answer(package, case), answer(plain, case)
        assert (found is None) == (expected is None), f"{family} {seed}: one of them fails"
        if expected is None:
            continue
        for mine, theirs in zip(values(found), values(expected), strict=True):
            np.testing.assert_array_equal(mine, theirs, err_msg=f"{family} {seed}")
