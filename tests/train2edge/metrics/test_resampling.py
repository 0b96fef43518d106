from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.metrics import resampling
from train2edge.metrics.detection import score

CLASSES = ("car", "bus")


@pytest.fixture
def street() -> tuple[list[Sample], list[FrameDetections]]:
    """Thirty pictures with one object each; every third is missed."""
    rng = np.random.default_rng(1)
    samples, found = [], []
    for number in range(30):
        box = rng.uniform(0, 50, 2)
        corners = np.array([[*box, *(box + 30)]], np.float32)
        kind = np.array([number % 2], np.int32)
        samples.append(Sample(Path(str(number)), 100, 100, corners, kind, np.zeros(1, bool)))
        shifted = corners + (100 if number % 3 == 0 else 1)
        found.append(FrameDetections("", shifted, rng.random(1).astype(np.float32), kind))
    return samples, found


def test_a_draw_of_every_picture_once_is_the_score_itself(street, monkeypatch):
    samples, found = street
    monkeypatch.setattr(
        resampling, "draws", lambda count, looks: np.ones((1, count * looks), np.int64)
    )
    wanted = score(zip(samples, found, strict=True), CLASSES, average_precision="coco").ap50
    assert resampling.ap50_by_draw(samples, found, 2)[0] == pytest.approx(wanted)


def test_the_error_is_that_of_the_difference_not_of_the_scores(street):
    samples, found = street
    same = resampling.ap50_by_draw(samples, found, 2)
    assert same.std() > 0.03
    assert resampling.difference(same, same, 0.0).error == 0
    worse = list(found)
    worse[1] = FrameDetections("", found[1].boxes + 200, found[1].scores, found[1].class_ids)
    loss = resampling.difference(same, resampling.ap50_by_draw(samples, worse, 2), 2.0)
    assert 0.5 < loss.error < 5
    assert loss.at_least == loss.points - loss.error


def test_a_class_that_a_draw_lacks_does_not_count(street):
    samples, found = street
    one_class = [one for one in samples if one.class_ids[0] == 0]
    frames = [f for s, f in zip(samples, found, strict=True) if s.class_ids[0] == 0]
    assert np.isfinite(resampling.ap50_by_draw(one_class, frames, 2)).all()


def test_shares_are_drawn_like_scores():
    right = np.arange(40) % 4 > 0
    drawn = resampling.share_by_draw(right)
    assert drawn.mean() == pytest.approx(0.75, abs=0.02)
    assert drawn.std() == pytest.approx((0.75 * 0.25 / 40) ** 0.5, rel=0.3)


def test_several_looks_at_a_picture_are_drawn_together(street):
    samples, found = street
    once = resampling.ap50_by_draw(samples, found, 2)
    worse = [FrameDetections("", one.boxes + 200, one.scores, one.class_ids) for one in found]
    both = resampling.ap50_by_draw(samples, [*found, *worse], 2, looks=2)
    twice = resampling.ap50_by_draw(samples, [*found, *found], 2, looks=2)
    assert (twice.std(), twice.mean()) == pytest.approx((once.std(), once.mean()), rel=0.2)
    assert both.mean() < twice.mean() / 1.5
    right = np.arange(40) % 4 > 0
    np.testing.assert_array_equal(
        resampling.share_by_draw(np.tile(right, 3), looks=3), resampling.share_by_draw(right)
    )
