"""What a program is told of a frame: plain values, good for longer than the frame itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstream.kitti import Row, detections, file_stem
from deepstream.messages.event import Box
from train2edge.detections import json_record

__all__ = ["Box", "Classified", "Counts", "Found", "Frame", "Track"]


@dataclass(frozen=True)
class Classified:
    """What a secondary network says of an object; ``network`` is its gie-unique-id."""

    label: str
    class_id: int
    score: float
    network: int


@dataclass(frozen=True)
class Track:
    """The tracker's part: the object's number, its box, how sure the tracker is."""

    id: int
    box: Box
    score: float


@dataclass(frozen=True)
class Counts:
    """What nvdsanalytics counts on a frame, by the labels of its configuration.

    ``crossed`` are line crossings in this frame, ``crossed_in_all`` since the start.
    """

    regions: Mapping[str, int] = field(default_factory=dict)
    crowded: Mapping[str, bool] = field(default_factory=dict)
    crossed: Mapping[str, int] = field(default_factory=dict)
    crossed_in_all: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """One object; ``box`` in pixels of the mux's picture, ``score`` the detector's.

    By nvdsanalytics: labels of the ``regions`` that it is in, of the ``lines`` that it crosses in
    this frame, of its ``direction`` or an empty one.
    """

    label: str
    class_id: int
    score: float
    box: Box
    network: int
    track: Track | None = None
    labels: Sequence[Classified] = ()
    regions: Sequence[str] = ()
    lines: Sequence[str] = ()
    direction: str = ""

    @property
    def track_id(self) -> int | None:
        return self.track.id if self.track else None


@dataclass(frozen=True)
class Frame:
    """``number`` counts the frames of ``source``, from 0; ``pts`` in nanoseconds, if it has one.

    ``size`` is the source's width, height; ``counts`` are there behind nvdsanalytics; ``picture``
    uint8 ``[height, width, 4]``, RGBA of the mux's picture, a copy, where pictures were asked for.
    """

    source: int
    number: int
    pts: int | None
    size: tuple[int, int]
    objects: tuple[Found, ...]
    counts: Counts | None = None
    picture: NDArray[np.uint8] | None = None


def detected(frame: Frame) -> list[Row]:
    """The objects as deepstream-app's KITTI files before the tracker tell them."""
    return [Row(one.label, _corners(one.box), one.score) for one in frame.objects]


def tracked(frame: Frame) -> list[Row]:
    """The objects that have a number, as deepstream-app's KITTI files after the tracker."""
    return [
        Row(one.label, _corners(one.track.box), one.track.score, one.track.id)
        for one in frame.objects
        if one.track
    ]


def record(frame: Frame) -> dict[str, Any]:
    """The frame for JSON: as ``train2edge.detections`` writes it, and where and when it was.

    ``frame`` is the stem of its KITTI file; an object that was classified has ``labels``; with
    nvdsanalytics there are ``counts``, and ``regions``, ``lines``, ``direction`` of objects.
    """
    name = file_stem(frame.source, frame.number)
    told = json_record(*detections(name, detected(frame)))
    for one, found in zip(told["objects"], frame.objects, strict=True):
        if found.track:
            one["id"] = found.track.id
        if found.labels:
            one["labels"] = [{"label": each.label, "score": each.score} for each in found.labels]
        if frame.counts:
            one |= {"regions": [*found.regions], "lines": [*found.lines]}
            one["direction"] = found.direction
    place = {"source": frame.source, "number": frame.number, "pts": frame.pts}
    counts = {"counts": asdict(frame.counts)} if frame.counts else {}
    return {"frame": told["frame"], **place, "objects": told["objects"], **counts}


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom
