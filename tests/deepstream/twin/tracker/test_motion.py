from __future__ import annotations

import numpy as np
import pytest

from deepstream.twin.tracker.motion import Kalman, Still, motion
from deepstream.twin.tracker.settings import REGULAR, SIMPLE, TrackerSettings
from deepstream.twin.tracker.similarity import Boxes


def box(x: float, y: float, width: float = 40, height: float = 80) -> Boxes:
    return np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2], np.float32)


REGULAR_BY_HEIGHT = TrackerSettings(
    state_estimator=REGULAR,
    noise_weight_location=0.05,
    noise_weight_speed=0.00625,
    use_aspect_ratio=True,
)


@pytest.mark.parametrize(
    "settings",
    [
        TrackerSettings(state_estimator=SIMPLE),
        TrackerSettings(state_estimator=REGULAR),
        REGULAR_BY_HEIGHT,
    ],
)
def test_an_even_motion_is_learnt_and_carried_on(settings: TrackerSettings) -> None:
    estimate = motion(box(100, 100), settings)
    for frame in range(1, 30):
        estimate.predict()
        estimate.correct(box(100 + 6 * frame, 100 - 2 * frame))
    for _ in range(5):
        estimate.predict()
    assert np.allclose(estimate.box, box(100 + 6 * 34, 100 - 2 * 34), atol=3)


def test_only_the_regular_estimator_knows_that_a_box_grows() -> None:
    grown = {}
    for kind in (SIMPLE, REGULAR):
        estimate = motion(box(100, 100), TrackerSettings(state_estimator=kind))
        for frame in range(1, 30):
            estimate.predict()
            estimate.correct(box(100, 100, 40 + frame, 80 + 2 * frame))
        for _ in range(5):
            estimate.predict()
        grown[kind] = float(estimate.box[3] - estimate.box[1])
    assert grown[REGULAR] == pytest.approx(80 + 2 * 34, abs=3)
    assert grown[SIMPLE] < 80 + 2 * 29


def test_with_the_aspect_ratio_a_box_keeps_its_shape_when_its_height_errs() -> None:
    estimate = motion(box(100, 100), REGULAR_BY_HEIGHT)
    for _ in range(10):
        estimate.predict()
        estimate.correct(box(100, 100))
    estimate.predict()
    estimate.correct(box(100, 100, 60, 80))
    width = float(estimate.box[2] - estimate.box[0])
    assert 40 <= width < 44


def test_more_noise_in_detections_means_less_trust_in_them() -> None:
    jumped = []
    for noise in (1.0, 100.0):
        estimate = Kalman(
            box(100, 100), TrackerSettings(state_estimator=1, measurement_noise=noise)
        )
        for _ in range(20):
            estimate.predict()
            estimate.correct(box(100, 100))
        estimate.predict()
        estimate.correct(box(110, 100))
        jumped.append(estimate.axes[0].place - 100)
    assert jumped[0] > 2 * jumped[1] > 0


def test_without_an_estimator_a_target_stays() -> None:
    estimate = motion(box(100, 100), TrackerSettings())
    assert isinstance(estimate, Still)
    estimate.correct(box(120, 100))
    estimate.predict()
    assert estimate.box.tolist() == box(120, 100).tolist()
