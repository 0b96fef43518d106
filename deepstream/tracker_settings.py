"""nvtracker's low-level library and its settings, in the form of NvMultiObjectTracker.

The section and key names are NVIDIA's (Gst-nvtracker's documentation); the values are our own:
a detector of 10 to 30 frames a second whose boxes are good enough to be followed by overlap.
None of the three needs a re-identification network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from deepstream.settings import Section, Setting, setting
from train2edge.errors import InputError
from train2edge.targets import Deployment

LIBRARY = "/opt/nvidia/deepstream/deepstream/lib/libnvds_nvmultiobjecttracker.so"
Kind = Literal["IOU", "NvSORT", "NvDCF_perf"]
WIDTH = 640
GRID = 32


@dataclass(frozen=True)
class TrackerPlan:
    """``width`` x ``height`` pixels: what NvDCF looks at; the others use boxes alone."""

    kind: Kind
    width: int
    height: int
    sections: tuple[Section, ...]


def plan(
    kind: Literal["none", "IOU", "NvSORT", "NvDCF_perf"],
    mux_size: tuple[int, int],
    lowest_score: float,
    place: Deployment,
) -> TrackerPlan | None:
    """The tracker for ``place``; ``lowest_score`` is the detector's lowest threshold."""
    if kind == "none":
        return None
    if kind == "NvSORT" and not place.release.keys.nvsort:
        raise InputError(
            f"NvSORT is not in DeepStream {place.release.name}: it came with 6.2",
            where="stream.tracker",
            hint="take IOU",
        )
    height = -(-WIDTH * mux_size[1] // (mux_size[0] * GRID)) * GRID
    return TrackerPlan(kind, WIDTH, height, _sections(kind, lowest_score, place))


def _sections(kind: Kind, lowest_score: float, place: Deployment) -> tuple[Section, ...]:
    cascaded = kind == "NvSORT" and place.release.keys.tracker_matcher == "cascaded"
    return (
        Section(
            "BaseConfig",
            (
                setting(
                    "minDetectorConfidence", lowest_score, "what the detector lets through counts"
                ),
            ),
        ),
        _targets(kind),
        Section("TrajectoryManagement", (setting("useUniqueID", 0, "ids count from 0"),)),
        Section("DataAssociator", _association(kind, cascaded)),
        Section("StateEstimator", _motion(kind)),
        Section("VisualTracker", _looks(kind)),
    )


def _targets(kind: Kind) -> Section:
    shadow = {"IOU": 30, "NvSORT": 30, "NvDCF_perf": 45}[kind]
    confidence = {"IOU": 0.5, "NvSORT": 0.5, "NvDCF_perf": 0.2}[kind]
    return Section(
        "TargetManagement",
        (
            setting("enableBboxUnClipping", 0),
            setting("maxTargetsPerStream", 150),
            setting("minIouDiff4NewTarget", 0.6, "a new box nearer to a target than this is it"),
            setting("minTrackerConfidence", confidence),
            setting("probationAge", 3, "frames until a target is told of"),
            setting("maxShadowTrackingAge", shadow, "frames a lost target is waited for"),
            setting("earlyTerminationAge", 1),
        ),
    )


def _association(kind: Kind, cascaded: bool) -> tuple[Setting, ...]:
    common = (
        setting("dataAssociatorType", 0),
        setting("associationMatcherType", cascaded, "0: greedy, 1: cascaded"),
        setting("checkClassMatch", 1, "a car stays a car"),
        setting("minMatchingScore4Overall", 0.1),
        setting("minMatchingScore4SizeSimilarity", 0.3),
        setting("minMatchingScore4Iou", 0.1),
    )
    if kind == "NvDCF_perf":
        return (
            *common,
            setting("minMatchingScore4VisualSimilarity", 0.5),
            setting("matchingScoreWeight4VisualSimilarity", 0.4),
            setting("matchingScoreWeight4SizeSimilarity", 0.2),
            setting("matchingScoreWeight4Iou", 0.4),
        )
    weights = (
        setting("matchingScoreWeight4SizeSimilarity", 0.3),
        setting("matchingScoreWeight4Iou", 0.7),
    )
    if kind == "IOU":
        return (*common, *weights)
    return (
        *common,
        *weights,
        setting("tentativeDetectorConfidence", 0.3, "below it a box only prolongs a target"),
        setting("minMatchingScore4TentativeIou", 0.3),
        setting("usePrediction4Assoc", 1),
    )


def _motion(kind: Kind) -> tuple[Setting, ...]:
    if kind == "IOU":
        return (setting("stateEstimatorType", 0, "0: a target stays where it was"),)
    if kind == "NvSORT":
        return (
            setting("stateEstimatorType", 2, "2: a Kalman filter with sizes and speeds"),
            setting("noiseWeightVar4Loc", 0.05, "in heights of the box"),
            setting("noiseWeightVar4Vel", 0.005),
            setting("useAspectRatio", 1),
        )
    return (
        setting("stateEstimatorType", 1, "1: a Kalman filter with speeds"),
        setting("processNoiseVar4Loc", 2.0, "pixels squared"),
        setting("processNoiseVar4Size", 1.0),
        setting("processNoiseVar4Vel", 0.1),
        setting("measurementNoiseVar4Detector", 4.0),
        setting("measurementNoiseVar4Tracker", 16.0),
    )


def _looks(kind: Kind) -> tuple[Setting, ...]:
    if kind != "NvDCF_perf":
        return (setting("visualTrackerType", 0, "0: boxes alone, no pixels"),)
    return (
        setting("visualTrackerType", 1, "1: a correlation filter a target"),
        setting("useColorNames", 1),
        setting("useHog", 0),
        setting("featureImgSizeLevel", 2, "1 to 5; larger is slower"),
        setting("featureFocusOffsetFactor_y", -0.2, "look at the upper part of a target"),
        setting("filterLr", 0.075),
        setting("filterChannelWeightsLr", 0.1),
        setting("gaussianSigma", 0.75, "pixels"),
    )
