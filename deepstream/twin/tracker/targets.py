"""The life of the targets of one stream: probation, activity, shadow, end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deepstream.twin.tracker.association import Found, Known, associate, sure
from deepstream.twin.tracker.motion import Motion, motion
from deepstream.twin.tracker.settings import TrackerSettings
from deepstream.twin.tracker.similarity import Boxes, iou
from train2edge.detections import UNTRACKED

TRACKER_ONLY = -0.1  # NVIDIA's confidence of an object that no detector saw in this frame


@dataclass(frozen=True)
class Past:
    """Where a target was in a frame in which nobody was told of it."""

    frame: int
    box: tuple[float, ...]
    confidence: float
    age: int


@dataclass
class Target:
    """One object that is followed. ``shadow``: frames since it was seen; ``active``: told of."""

    number: int
    class_id: int
    motion: Motion
    last: Boxes  # where it was seen
    age: int = 1
    shadow: int = 0
    active: bool = False
    untold: list[Past] = field(default_factory=list)

    @property
    def box(self) -> Boxes:
        """Left, top, right, bottom: where it should be."""
        return self.motion.box


class IouTracker:
    """Follows the objects of one stream. ``numbers`` are shared by the streams of a pipeline."""

    def __init__(self, settings: TrackerSettings, numbers: Iterator[int] | None = None) -> None:
        self.settings = settings
        self.targets: list[Target] = []
        self.numbers = numbers if numbers is not None else itertools.count()
        self.past: dict[int, tuple[Target, list[Past]]] = {}

    def update(
        self,
        boxes: Boxes,
        scores: NDArray[np.float32],
        class_ids: NDArray[np.int32],
        frame: int = 0,
    ) -> NDArray[np.uint64]:
        """Take one frame's detections; give each its target's number, or ``UNTRACKED``.

        ``boxes`` float32 ``[N, 4]`` left, top, right, bottom. Objects on probation, and boxes
        that only double a target, are untracked. ``past`` has afterwards what was not told of
        targets that are told of from now on.
        """
        self._predict()
        found = Found(boxes, scores, class_ids, scores >= self.settings.min_detector_confidence)
        pairs = associate(self._known(), found, self.settings)
        for target, detection in pairs:
            self._seen(self.targets[target], boxes[detection])
        known = len(self.targets)
        self._lose(set(range(known)) - {target for target, _ in pairs}, frame)
        taken = {detection for _, detection in pairs}
        candidates = np.flatnonzero(sure(found, self.settings))
        fresh = [int(one) for one in candidates if int(one) not in taken]
        pairs += list(self._adopt(fresh, boxes, class_ids))
        ids = np.full(len(boxes), UNTRACKED, np.uint64)
        for target, detection in pairs:
            if self.targets[target].active:
                ids[detection] = self.targets[target].number
        self._remember(pairs, boxes, scores, frame)
        self._bury()
        return ids

    def skip(self) -> list[Target]:
        """Go on by a frame without detections; the targets to be told of, where they should be."""
        self._predict()
        return [one for one in self.targets if one.active and one.shadow == 0]

    def _predict(self) -> None:
        for target in self.targets:
            target.motion.predict()

    def _known(self) -> Known:
        targets, rules = self.targets, self.settings
        places = [one.box if rules.predicts else one.last for one in targets]
        return Known(
            np.array(places, np.float32).reshape(-1, 4),
            np.array([one.class_id for one in targets], np.int32),
            np.array([one.active for one in targets], np.bool_),
            np.array([one.shadow == 0 for one in targets], np.bool_),
        )

    def _seen(self, target: Target, box: Boxes) -> None:
        target.motion.correct(box)
        target.last, target.shadow = box.copy(), 0
        target.age += 1
        target.active = target.active or target.age > self.settings.probation_age

    def _lose(self, unseen: set[int], frame: int) -> None:
        for index in unseen:
            target = self.targets[index]
            target.shadow += 1
            target.untold.append(_past(frame, target.box, TRACKER_ONLY, target.age))

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
            box: Boxes = boxes[index].copy()
            self.targets.append(
                Target(
                    next(self.numbers),
                    int(class_ids[index]),
                    motion(box, self.settings),
                    box,
                    active=self.settings.probation_age == 0,
                )
            )
            yield len(self.targets) - 1, index

    def _remember(
        self,
        pairs: list[tuple[int, int]],
        boxes: Boxes,
        scores: NDArray[np.float32],
        frame: int,
    ) -> None:
        self.past = {}
        for index, detection in pairs:
            target = self.targets[index]
            if not target.active:
                score = float(scores[detection])
                target.untold.append(_past(frame, boxes[detection], score, target.age))
            elif target.untold:
                self.past[target.number] = target, target.untold
                target.untold = []

    def _bury(self) -> None:
        rules = self.settings
        self.targets = [
            one
            for one in self.targets
            if (one.active and one.shadow <= rules.max_shadow_tracking_age)
            or (not one.active and one.shadow < max(1, rules.early_termination_age))
        ]


def _past(frame: int, box: Boxes, confidence: float, age: int) -> Past:
    return Past(frame, tuple(float(one) for one in box), confidence, age)
