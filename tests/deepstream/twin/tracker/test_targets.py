from __future__ import annotations

import itertools

import numpy as np

from deepstream.twin.tracker import IouTracker, TrackerSettings
from train2edge.detections import UNTRACKED

QUICK = TrackerSettings(probation_age=0, max_shadow_tracking_age=2)


def step(tracker: IouTracker, *rows: tuple[float, ...], classes: tuple[int, ...] = ()) -> list[int]:
    """Feed boxes (left, top, right, bottom[, score]); give their numbers, -1 for untracked."""
    boxes = np.array([row[:4] for row in rows], np.float32).reshape(-1, 4)
    scores = np.array([row[4] if len(row) > 4 else 0.9 for row in rows], np.float32)
    ids = tracker.update(boxes, scores, np.array(classes or [0] * len(rows), np.int32))
    return [-1 if one == UNTRACKED else int(one) for one in ids]


def test_two_objects_that_move_keep_their_numbers_in_any_order() -> None:
    tracker = IouTracker(QUICK)
    assert step(tracker, (0, 0, 40, 40), (100, 0, 140, 40)) == [0, 1]
    assert step(tracker, (105, 0, 145, 40), (5, 0, 45, 40)) == [1, 0]


def test_an_object_is_told_of_after_its_probation() -> None:
    tracker = IouTracker(TrackerSettings(probation_age=3))
    assert [step(tracker, (0, 0, 40, 40)) for _ in range(5)] == [[-1], [-1], [-1], [0], [0]]


def test_a_lost_object_is_waited_for_and_then_forgotten() -> None:
    tracker = IouTracker(QUICK)
    step(tracker, (0, 0, 40, 40))
    step(tracker), step(tracker)
    assert step(tracker, (0, 0, 40, 40)) == [0]
    step(tracker), step(tracker), step(tracker)
    assert step(tracker, (0, 0, 40, 40)) == [1]


def test_an_object_on_probation_is_forgotten_sooner() -> None:
    tracker = IouTracker(TrackerSettings(probation_age=5, early_termination_age=1))
    step(tracker, (0, 0, 40, 40))
    step(tracker)
    assert tracker.targets == []


def test_a_box_that_doubles_a_target_starts_no_other() -> None:
    tracker = IouTracker(QUICK)
    assert step(tracker, (0, 0, 40, 40), (2, 0, 42, 40)) == [0, -1]


def test_classes_do_not_mix_unless_the_settings_say_so() -> None:
    tracker = IouTracker(QUICK)
    step(tracker, (0, 0, 40, 40), classes=(0,))
    assert step(tracker, (30, 0, 70, 40), classes=(1,)) == [1]
    loose = IouTracker(TrackerSettings(probation_age=0, check_class_match=False))
    step(loose, (0, 0, 40, 40), classes=(0,))
    assert step(loose, (30, 0, 70, 40), classes=(1,)) == [0]


def test_weak_detections_are_not_tracked() -> None:
    tracker = IouTracker(TrackerSettings(probation_age=0, min_detector_confidence=0.5))
    assert step(tracker, (0, 0, 40, 40, 0.4), (100, 0, 140, 40, 0.6)) == [-1, 0]


def test_no_more_targets_than_allowed() -> None:
    tracker = IouTracker(TrackerSettings(probation_age=0, max_targets_per_stream=1))
    assert step(tracker, (0, 0, 40, 40), (100, 0, 140, 40)) == [0, -1]


def test_a_state_estimator_carries_a_fast_object_over_a_gap() -> None:
    moving = [(30.0 * t, 0.0, 30.0 * t + 40, 40.0) for t in range(12)]
    settings = TrackerSettings(
        probation_age=0, state_estimator=1, use_prediction=True, max_shadow_tracking_age=5
    )
    with_speed, without = IouTracker(settings), IouTracker(QUICK)
    for box in moving[:8]:
        step(with_speed, box), step(without, box)
    step(with_speed), step(without)
    assert step(with_speed, moving[9]) == [0]
    assert step(without, moving[9]) == [1]


def test_frames_without_inference_tell_of_the_targets_seen_last() -> None:
    tracker = IouTracker(QUICK)
    step(tracker, (0, 0, 40, 40), (100, 0, 140, 40))
    step(tracker, (0, 0, 40, 40))
    assert [one.number for one in tracker.skip()] == [0]


def test_numbers_are_shared_by_the_streams_of_a_pipeline() -> None:
    numbers = itertools.count()
    first, second = IouTracker(QUICK, numbers), IouTracker(QUICK, numbers)
    assert step(first, (0, 0, 40, 40)) == [0]
    assert step(second, (0, 0, 40, 40)) == [1]
    assert step(first, (0, 0, 40, 40)) == [0]


def test_what_was_not_told_of_a_target_is_told_once_it_is_active() -> None:
    tracker = IouTracker(TrackerSettings(probation_age=2))
    for frame in range(3):
        boxes = np.array([[frame, 0, 40, 40]], np.float32)
        tracker.update(
            boxes, np.array([0.5 + frame / 10], np.float32), np.zeros(1, np.int32), frame
        )
    target, past = tracker.past[0]
    assert (target.number, target.active) == (0, True)
    assert [(one.frame, one.box, round(one.confidence, 1)) for one in past] == [
        (0, (0, 0, 40, 40), 0.5),
        (1, (1, 0, 40, 40), 0.6),
    ]
    tracker.update(boxes, np.array([0.9], np.float32), np.zeros(1, np.int32), 3)
    assert tracker.past == {}


def test_the_time_in_shadow_is_told_when_it_ends() -> None:
    tracker = IouTracker(QUICK)
    step(tracker, (0, 0, 40, 40))
    step(tracker)
    step(tracker, (0, 0, 40, 40))
    assert [one.confidence for one in tracker.past[0][1]] == [-0.1]
