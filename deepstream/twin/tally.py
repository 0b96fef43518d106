"""What a run found on each stream, counted: classes, tracks, names, lines that were crossed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from deepstream.twin.metadata import NvDsBatchMeta, NvDsFrameMeta, NvDsMetaType, NvDsObjectMeta
from train2edge.detections import UNTRACKED

ANALYTICS = NvDsMetaType.NVDS_FRAME_META_NVDSANALYTICS


class Noted(NamedTuple):
    """An object: its class, the tracker's number, what secondary networks call it."""

    label: str
    track: int | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class StreamReport:
    """One stream, its frames together: objects by class, how many numbers the tracker gave, objects
    by the name that a secondary network gave them, line crossings by the line's label."""

    objects: dict[str, int]
    tracks: int
    names: dict[str, int]
    crossed: dict[str, int]


@dataclass
class Tally:
    """Counts one stream; ``crossed`` are the sums since the start, as nvdsanalytics tells them."""

    objects: Counter[str] = field(default_factory=Counter)
    tracks: set[int] = field(default_factory=set)
    names: Counter[str] = field(default_factory=Counter)
    crossed: dict[str, int] = field(default_factory=dict)

    def note(self, objects: Iterable[Noted], crossed: Mapping[str, int] | None = None) -> None:
        """Count a frame."""
        for one in objects:
            self.objects[one.label] += 1
            self.names.update(one.names)
            if one.track is not None:
                self.tracks.add(one.track)
        if crossed is not None:
            self.crossed = dict(crossed)

    def report(self) -> StreamReport:
        names, objects = (dict(sorted(one.items())) for one in (self.names, self.objects))
        return StreamReport(objects, len(self.tracks), names, dict(sorted(self.crossed.items())))


class Tallies:
    """The tallies of ``streams`` streams, and of those that come later, by their numbers."""

    def __init__(self, streams: int) -> None:
        self.of = [Tally() for _ in range(streams)]

    def count(self, batch: NvDsBatchMeta) -> None:
        """Count the frames of a batch, as its metadata tells of them."""
        for frame in batch.frames:
            self.stream(frame.pad_index).note(map(_noted, frame.objects), _crossed(frame))

    def stream(self, number: int) -> Tally:
        self.of += [Tally() for _ in range(number + 1 - len(self.of))]
        return self.of[number]

    def reports(self) -> tuple[StreamReport, ...]:
        return tuple(one.report() for one in self.of)


def _noted(one: NvDsObjectMeta) -> Noted:
    track = None if one.object_id == UNTRACKED else int(one.object_id)
    names = (label.result_label for found in one.classifiers for label in found.labels)
    return Noted(one.obj_label, track, tuple(names))


def _crossed(frame: NvDsFrameMeta) -> Mapping[str, int] | None:
    for user in frame.users:
        if user.base_meta.meta_type == ANALYTICS:
            crossed: Mapping[str, int] = user.content.objLCCumCnt
            return crossed
    return None
