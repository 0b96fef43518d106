"""The proofs of an import: no difference is lost in them, least of all what is no number."""

from __future__ import annotations

import numpy as np
import pytest

from exporter.heads import Raw
from exporter.imports import parity
from exporter.report import Parity
from exporter.surgery.append_topk import ListPlan
from exporter.traced import checked
from train2edge.errors import WorkError


def raw() -> Raw:
    boxes = np.asarray([[[0, 0, 8, 8], [4, 4, 16, 16]]], np.float32)
    return Raw(boxes, np.asarray([[[0.9, 0.1], [0.2, 0.7]]], np.float32))


def lists() -> list[np.ndarray]:
    """The four lists of ``raw`` at 16x16, two rows."""
    corners = np.asarray([[[0, 0, 0.5, 0.5], [0.25, 0.25, 1, 1]]], np.float32)
    return [
        np.asarray([[2.0]], np.float32),
        corners,
        np.asarray([[0.9, 0.7]], np.float32),
        np.asarray([[0.0, 1.0]], np.float32),
    ]


def refuse(difference: float) -> None:
    with pytest.raises(WorkError, match="nan"):
        checked(Parity("toy", difference, 1e-3))


@pytest.mark.parametrize("part", [0, 1])
def test_boxes_or_scores_that_are_no_numbers_are_refused(part: int) -> None:
    drawn = Raw(*(one.copy() for one in raw()))
    drawn[part][0, 0, 0] = np.nan
    assert parity.decoding(raw(), raw()) == 0
    refuse(parity.decoding(drawn, raw()))


@pytest.mark.parametrize("part", range(4))
def test_lists_that_hold_no_numbers_are_refused(part: int) -> None:
    wanted = parity.select(raw(), ListPlan(2))
    assert parity.selection(lists(), wanted, (16, 16)) < 1e-6
    broken = lists()
    broken[part][0, 0] = np.nan
    refuse(parity.selection(broken, wanted, (16, 16)))
