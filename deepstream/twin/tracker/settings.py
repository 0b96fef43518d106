"""The settings of NvMultiObjectTracker, section by section, as its configuration files have them.

Names and meanings are from Gst-nvtracker's documentation and from the comments in NVIDIA's sample
files; the library itself is closed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from train2edge.errors import InputError, Problem, ProblemsError

_OPENCV = re.compile(r"^%YAML:1\.0", re.MULTILINE)  # no directive of YAML's own
CASCADED = 1
SIMPLE, REGULAR = 1, 2


@dataclass(frozen=True)
class TrackerSettings:
    """Ages in frames, similarities and confidences in 0..1; noise in pixels squared.

    ``probation_age``: a target whose age exceeds it is told of. ``early_termination_age``: one on
    probation that is unseen for as many frames is dropped. ``noise_weight_...``: deviations as a
    share of the box's height, below 0 for none. Defaults as in NVIDIA's IOU sample.
    """

    min_detector_confidence: float = 0.0
    max_targets_per_stream: int = 150
    min_iou_diff_new_target: float = 0.5
    probation_age: int = 4
    max_shadow_tracking_age: int = 38
    early_termination_age: int = 1
    use_unique_id: bool = False
    matcher: int = 0
    check_class_match: bool = True
    min_score_overall: float = 0.0
    min_score_size: float = 0.0
    min_score_iou: float = 0.0
    weight_size: float = 0.4
    weight_iou: float = 0.6
    weight_visual: float = 0.0
    weight_reid: float = 0.0
    tentative_confidence: float = 0.5
    min_tentative_iou: float = 0.0
    use_prediction: bool = False
    state_estimator: int = 0
    process_noise_location: float = 2.0
    process_noise_size: float = 1.0
    process_noise_speed: float = 0.1
    measurement_noise: float = 4.0
    noise_weight_location: float = -1.0
    noise_weight_speed: float = -1.0
    use_aspect_ratio: bool = False
    visual_tracker: int = 0
    reid: int = 0
    reassociation: bool = False
    object_model: int = 0
    segmenter: int = 0
    notes: tuple[Problem, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the file asks for that this tracker does not do."""
        asked = {
            "the correlation filters of NvDCF": self.visual_tracker,
            "re-identification": self.reid,
            "the joining of interrupted tracks": self.reassociation,
            "a model of the object in space": self.object_model,
            "the segmentation of targets": self.segmenter,
        }
        return tuple(name for name, kind in asked.items() if kind)

    @property
    def predicts(self) -> bool:
        """Whether detections are compared with where a target should be by now.

        NvDCF finds its target in the new picture; here the estimate has to stand for that.
        """
        return bool(self.state_estimator) and (self.use_prediction or bool(self.visual_tracker))


_FIELDS = {  # section: key of the file: field
    "BaseConfig": {"minDetectorConfidence": "min_detector_confidence"},
    "TargetManagement": {
        "maxTargetsPerStream": "max_targets_per_stream",
        "minIouDiff4NewTarget": "min_iou_diff_new_target",
        "probationAge": "probation_age",
        "maxShadowTrackingAge": "max_shadow_tracking_age",
        "earlyTerminationAge": "early_termination_age",
    },
    "TrajectoryManagement": {"useUniqueID": "use_unique_id", "enableReAssoc": "reassociation"},
    "DataAssociator": {
        "associationMatcherType": "matcher",
        "checkClassMatch": "check_class_match",
        "minMatchingScore4Overall": "min_score_overall",
        "minMatchingScore4SizeSimilarity": "min_score_size",
        "minMatchingScore4Iou": "min_score_iou",
        "matchingScoreWeight4SizeSimilarity": "weight_size",
        "matchingScoreWeight4Iou": "weight_iou",
        "matchingScoreWeight4VisualSimilarity": "weight_visual",
        "matchingScoreWeight4ReidSimilarity": "weight_reid",
        "tentativeDetectorConfidence": "tentative_confidence",
        "minMatchingScore4TentativeIou": "min_tentative_iou",
        "usePrediction4Assoc": "use_prediction",
    },
    "StateEstimator": {
        "stateEstimatorType": "state_estimator",
        "processNoiseVar4Loc": "process_noise_location",
        "processNoiseVar4Size": "process_noise_size",
        "processNoiseVar4Vel": "process_noise_speed",
        "measurementNoiseVar4Detector": "measurement_noise",
        "noiseWeightVar4Loc": "noise_weight_location",
        "noiseWeightVar4Vel": "noise_weight_speed",
        "useAspectRatio": "use_aspect_ratio",
    },
    "VisualTracker": {"visualTrackerType": "visual_tracker"},
    "ReID": {"reidType": "reid"},
    "ObjectModelProjection": {"objectModelType": "object_model"},
    "Segmenter": {"segmenterType": "segmenter"},
}
# Keys whose module is left out as a whole, or that have no meaning for boxes alone.
_PASSED = {
    "TargetManagement": (
        "enableBboxUnClipping",
        "minTrackerConfidence",
        "preserveStreamUpdateOrder",
        "outputTerminatedTracks",
        "outputShadowTracks",
        "terminatedTrackFilename",
        "searchRegionOverlapFactor",
        "targetDuplicateRunInterval",
        "minIou4TargetDuplicate",
        "recentlyActiveAge",
        "minVisibiilty4Tracking",  # spelt so in NVIDIA's samples
        "maxTrajectoryBufferLength",
    ),
    "DataAssociator": (
        "dataAssociatorType",
        "minMatchingScore4VisualSimilarity",
        "minMatchingScore4ReidSimilarity",
        "minMatchingScore4PeerAssocIou",
        "thresholdMahalanobis",
    ),
    "StateEstimator": ("measurementNoiseVar4Tracker",),
}
_WHOLE = (
    "TrajectoryManagement",
    "VisualTracker",
    "ReID",
    "ObjectModelProjection",
    "Segmenter",
    "PoseEstimator",
    "MultiViewAssociator",
    "Communicator",
)
_OLD = ("NvDCF", "IOU", "KLT")  # DeepStream 5 had a section for each tracker
_SPANS = {"max_targets_per_stream": (1, 10**6), "matcher": (0, 1), "state_estimator": (0, 3)}


def read_settings(path: Path) -> TrackerSettings:
    """Read a tracker's ``.yml``, OpenCV's ``%YAML:1.0`` line included.

    ``InputError`` with file:line of everything that is wrong. Keys that NvMultiObjectTracker does
    not know become notes.
    """
    file = _File(path, _compose(path))
    values = dict(file.values())
    if file.problems:
        raise ProblemsError(file.problems)
    return TrackerSettings(**values, notes=tuple(file.notes))


def _compose(path: Path) -> yaml.Node | None:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"no such tracker configuration: {error.strerror}"
        raise InputError(message, where=str(path)) from None
    try:
        return yaml.compose(_OPENCV.sub("#", text, count=1), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise InputError(f"not YAML: {getattr(error, 'problem', error)}", where=where) from None


class _File:
    def __init__(self, path: Path, node: yaml.Node | None) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.node = node

    def values(self) -> Iterator[tuple[str, Any]]:
        for name, section in self._items(self.node):
            if name.value not in _FIELDS and name.value not in _WHOLE:
                said = "DeepStream 6 and later do not read it" if name.value in _OLD else "unknown"
                self.notes.append(self._problem(name, f"section {name.value}: {said}"))
            else:
                yield from self._section(name.value, section)

    def _section(self, name: str, section: yaml.Node) -> Iterator[tuple[str, Any]]:
        kinds = get_type_hints(TrackerSettings)
        fields: Mapping[str, str] = _FIELDS.get(name, {})
        passed = _PASSED.get(name, ())
        for key, value in self._items(section):
            field = fields.get(key.value)
            if field is not None:
                try:
                    yield field, _value(field, kinds[field], value)
                except ValueError as error:
                    self.problems.append(self._problem(value, f"{name}.{key.value}: {error}"))
            elif key.value not in passed and name not in _WHOLE:
                self.notes.append(self._problem(key, f"{name}.{key.value}: unknown key"))

    def _items(self, node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return []
        if not isinstance(node, yaml.MappingNode):
            self.problems.append(self._problem(node, "not a map of keys"))
            return []
        return list(node.value)

    def _problem(self, node: yaml.Node, message: str) -> Problem:
        return Problem(f"{self.path}:{node.start_mark.line + 1}", message)


def _value(field: str, kind: type, node: yaml.Node) -> Any:
    text = str(node.value)
    try:
        found = float(text)
    except ValueError:
        raise ValueError(f"'{text}' is not a number") from None
    if not math.isfinite(found) or (kind is not float and not found.is_integer()):
        raise ValueError(f"'{text}' is not a {'number' if kind is float else 'whole number'}")
    least, most = _SPANS.get(field, (-math.inf, math.inf))
    if not least <= found <= most:
        raise ValueError(f"{text} is not from {least} to {most}")
    return kind(found)
