from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deepstream.twin.tracker import IouTracker, TrackerSettings, iou, read_settings
from train2edge.detections import UNTRACKED
from train2edge.errors import InputError

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
    step(tracker), step(tracker)
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
    settings = TrackerSettings(probation_age=0, state_estimator=1, max_shadow_tracking_age=5)
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


def test_overlap_of_boxes_without_area_is_none() -> None:
    boxes = np.array([[0, 0, 0, 0], [0, 0, 10, 10]], np.float32)
    assert iou(boxes, boxes).tolist() == [[0, 0], [0, 1]]


def test_settings_are_read_from_opencvs_yaml(tmp_path: Path) -> None:
    path = tmp_path / "tracker.yml"
    path.write_text("%YAML:1.0\nTargetManagement:\n  probationAge: 7\nReID:\n  reidType: 1\n")
    settings = read_settings(path)
    assert (settings.probation_age, settings.reid) == (7, 1)
    assert settings.max_shadow_tracking_age == TrackerSettings().max_shadow_tracking_age


@pytest.mark.parametrize("text", ["TargetManagement:\n  probationAge: soon\n", "a: [", "- 1\n"])
def test_broken_settings_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "tracker.yml").write_text(text)
    with pytest.raises(InputError):
        read_settings(tmp_path / "tracker.yml")


def test_nvidias_tracker_files_are_read(shared: Path) -> None:
    for file in sorted((shared / "data/deepstream_configs/yaml-tracker").glob("*NvDCF*")):
        assert read_settings(file).visual_tracker >= 1, file
