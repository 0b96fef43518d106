"""A tracker by overlap, with the life of a target as NVIDIA's NvMultiObjectTracker describes it.

The settings are those of the tracker's own ``.yml`` (Gst-nvtracker's documentation). Every match
is by IoU and size, greedily; where the file asks for a state estimator a target moves on with its
last speed. NvDCF's correlation filters and re-identification have no counterpart here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
from numpy.typing import NDArray

from train2edge.detections import UNTRACKED
from train2edge.errors import InputError

Boxes = NDArray[np.float32]
SPEED_MEMORY = 0.5  # how much of the old speed a new measurement leaves


@dataclass(frozen=True)
class TrackerSettings:
    """Ages in frames, similarities in 0..1; defaults as in NVIDIA's IOU sample."""

    min_detector_confidence: float = 0.0
    max_targets_per_stream: int = 150
    min_iou_diff_new_target: float = 0.5
    probation_age: int = 4
    max_shadow_tracking_age: int = 38
    early_termination_age: int = 1
    check_class_match: bool = True
    min_score_overall: float = 0.0
    min_score_size: float = 0.0
    min_score_iou: float = 0.0
    weight_size: float = 0.4
    weight_iou: float = 0.6
    state_estimator: int = 0
    visual_tracker: int = 0
    reid: int = 0

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the file asks for that this tracker does not do."""
        asked = {
            "the correlation filters of NvDCF": self.visual_tracker,
            "re-identification": self.reid,
            "a Kalman filter (targets move on with their last speed)": self.state_estimator,
        }
        return tuple(name for name, kind in asked.items() if kind)


_KEYS = {  # field: section and key of the file
    "min_detector_confidence": ("BaseConfig", "minDetectorConfidence"),
    "max_targets_per_stream": ("TargetManagement", "maxTargetsPerStream"),
    "min_iou_diff_new_target": ("TargetManagement", "minIouDiff4NewTarget"),
    "probation_age": ("TargetManagement", "probationAge"),
    "max_shadow_tracking_age": ("TargetManagement", "maxShadowTrackingAge"),
    "early_termination_age": ("TargetManagement", "earlyTerminationAge"),
    "check_class_match": ("DataAssociator", "checkClassMatch"),
    "min_score_overall": ("DataAssociator", "minMatchingScore4Overall"),
    "min_score_size": ("DataAssociator", "minMatchingScore4SizeSimilarity"),
    "min_score_iou": ("DataAssociator", "minMatchingScore4Iou"),
    "weight_size": ("DataAssociator", "matchingScoreWeight4SizeSimilarity"),
    "weight_iou": ("DataAssociator", "matchingScoreWeight4Iou"),
    "state_estimator": ("StateEstimator", "stateEstimatorType"),
    "visual_tracker": ("VisualTracker", "visualTrackerType"),
    "reid": ("ReID", "reidType"),
}


def read_settings(path: Path) -> TrackerSettings:
    """Read a tracker's ``.yml``, OpenCV's ``%YAML:1.0`` line included; ``InputError`` if broken."""
    import yaml

    if not path.is_file():
        raise InputError("no such tracker configuration", where=str(path))
    lines = path.read_text(encoding="utf-8").splitlines()
    text = "\n".join("" if line.startswith("%YAML") else line for line in lines)
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise InputError(f"not YAML: {getattr(error, 'problem', error)}", where=where) from None
    if not isinstance(data, dict):
        raise InputError("not a map of sections", where=str(path))
    return TrackerSettings(**dict(_known(data, path)))


def _known(data: dict[str, Any], path: Path) -> Iterator[tuple[str, Any]]:
    kinds = get_type_hints(TrackerSettings)
    for name, (section, key) in _KEYS.items():
        value = (data.get(section) or {}).get(key)
        if value is None:
            continue
        try:
            yield name, kinds[name](value)
        except (TypeError, ValueError):
            raise InputError(
                f"{section}.{key}: {value!r} is not a number", where=str(path)
            ) from None


@dataclass
class Target:
    """One object that is followed; ``speed`` in pixels a frame for each side of the box."""

    number: int
    class_id: int
    box: Boxes
    speed: Boxes
    age: int = 1
    shadow: int = 0
    active: bool = False


class IouTracker:
    """Follows the objects of one stream."""

    def __init__(self, settings: TrackerSettings) -> None:
        self.settings = settings
        self.targets: list[Target] = []
        self.born = 0

    def update(
        self, boxes: Boxes, scores: NDArray[np.float32], class_ids: NDArray[np.int32]
    ) -> NDArray[np.uint64]:
        """Take one frame's detections; give each its target's number, or ``UNTRACKED``.

        ``boxes`` float32 ``[N, 4]`` left, top, right, bottom. Objects on probation, and boxes
        that only double a target, are untracked.
        """
        self._move()
        ids = np.full(len(boxes), UNTRACKED, np.uint64)
        usable = scores >= self.settings.min_detector_confidence
        pairs = self._match(boxes, class_ids, usable)
        for target, detection in pairs:
            self._seen(self.targets[target], boxes[detection])
        known = len(self.targets)
        self._lose(set(range(known)) - {target for target, _ in pairs})
        taken = {detection for _, detection in pairs}
        fresh = [int(one) for one in np.flatnonzero(usable) if int(one) not in taken]
        pairs += list(self._adopt(fresh, boxes, class_ids))
        for target, detection in pairs:
            if self.targets[target].active:
                ids[detection] = self.targets[target].number
        self._bury()
        return ids

    def skip(self) -> list[Target]:
        """Go on by a frame without detections; the targets to be told of, where they should be."""
        self._move()
        return [one for one in self.targets if one.active and one.shadow == 0]

    def _move(self) -> None:
        if self.settings.state_estimator:
            for target in self.targets:
                target.box = target.box + target.speed

    def _match(
        self, boxes: Boxes, class_ids: NDArray[np.int32], usable: NDArray[np.bool_]
    ) -> list[tuple[int, int]]:
        """Pairs of target and detection, the most similar first, each used once."""
        if not self.targets or not usable.any():
            return []
        score = self._similarity(boxes, class_ids)
        score[:, ~usable] = -1
        pairs: list[tuple[int, int]] = []
        for flat in np.argsort(-score, axis=None, kind="stable"):
            target, detection = divmod(int(flat), len(boxes))
            if score[target, detection] < 0:
                continue
            pairs.append((target, detection))
            score[target, :] = score[:, detection] = -1
        return pairs

    def _similarity(self, boxes: Boxes, class_ids: NDArray[np.int32]) -> Boxes:
        """float32 ``[targets, detections]``; -1 where a pair is not allowed."""
        rules = self.settings
        places = np.stack([one.box for one in self.targets])
        overlap, size = iou(places, boxes), size_similarity(places, boxes)
        score = rules.weight_iou * overlap + rules.weight_size * size
        allowed = (overlap > 0) & (overlap >= rules.min_score_iou)
        allowed &= (size >= rules.min_score_size) & (score >= rules.min_score_overall)
        if rules.check_class_match:
            classes = np.array([one.class_id for one in self.targets])
            allowed &= classes[:, None] == class_ids[None, :]
        return np.where(allowed, score, -1).astype(np.float32)

    def _seen(self, target: Target, box: Boxes) -> None:
        if self.settings.state_estimator:
            # The box was already moved by its speed: what is left is the speed's error.
            target.speed = target.speed + (1 - SPEED_MEMORY) * (box - target.box)
        target.box, target.shadow = box.copy(), 0
        target.age += 1
        target.active = target.active or target.age > self.settings.probation_age

    def _lose(self, unseen: set[int]) -> None:
        for index in unseen:
            self.targets[index].shadow += 1

    def _adopt(
        self, fresh: list[int], boxes: Boxes, class_ids: NDArray[np.int32]
    ) -> Iterator[tuple[int, int]]:
        """New targets of boxes that lie on no other target."""
        for index in fresh:
            places = [one.box for one in self.targets]
            near = iou(np.stack(places), boxes[index : index + 1]).max() if places else 0.0
            if near > self.settings.min_iou_diff_new_target:
                continue
            if len(self.targets) >= self.settings.max_targets_per_stream:
                return
            nothing: Boxes = np.zeros(4, np.float32)
            active = self.settings.probation_age == 0
            target = Target(
                self.born, int(class_ids[index]), boxes[index].copy(), nothing, active=active
            )
            self.targets.append(target)
            self.born += 1
            yield len(self.targets) - 1, index

    def _bury(self) -> None:
        rules = self.settings
        self.targets = [
            one
            for one in self.targets
            if one.shadow
            <= (rules.max_shadow_tracking_age if one.active else rules.early_termination_age)
        ]


def iou(first: Boxes, second: Boxes) -> Boxes:
    """float32 ``[N, M]`` of boxes left, top, right, bottom; empty unions give 0."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(-1)
    union = _area(first)[:, None] + _area(second)[None, :] - common
    overlap: Boxes = np.divide(common, union, out=np.zeros_like(common), where=union > 0)
    return overlap


def size_similarity(first: Boxes, second: Boxes) -> Boxes:
    """Smaller over larger area, ``[N, M]``."""
    one, other = _area(first)[:, None], _area(second)[None, :]
    larger = np.maximum(one, other)
    smaller = np.minimum(one, other)
    similar: Boxes = np.divide(smaller, larger, out=np.zeros_like(larger), where=larger > 0)
    return similar


def _area(boxes: Boxes) -> Boxes:
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return np.asarray(sides.prod(-1), np.float32)
