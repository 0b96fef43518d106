"""Which objects a secondary network looks at, and what is remembered of those it has seen.

Follows ``gst_nvinfer_process_objects`` and ``should_infer_object`` of gst-nvinfer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from deepstream.twin.metadata import NvDsFrameMeta, NvDsObjectMeta
from train2edge.detections import UNTRACKED
from train2edge.nvinfer.classification import Classification
from train2edge.nvinfer.settings import CLASSIFIER, InferSettings
from train2edge.nvinfer.tasks import Found

GROWN = 1.2  # an object that has grown by so much is looked at again
FORGET = 150  # frames that an object may stay away


@dataclass
class History:
    """What is known of one tracked object."""

    area: float
    inferred: int  # frame number
    seen: int
    pending: bool = True
    found: Classification | None = None

    def learn(self, found: Found) -> None:
        assert isinstance(found, Classification)
        self.found, self.pending = found, False


@dataclass
class Memory:
    """The histories of all tracked objects, by source and number. Of classifiers alone."""

    settings: InferSettings
    objects: dict[tuple[int, int], History] = field(default_factory=dict)

    def of(self, frame: NvDsFrameMeta, one: NvDsObjectMeta) -> History | None:
        history = self.objects.get((frame.source_id, one.object_id))
        if history is not None:
            history.seen = frame.frame_num
        return history

    def begin(self, frame: NvDsFrameMeta, one: NvDsObjectMeta) -> History | None:
        """Note that the object is looked at now; ``None`` for one that is not tracked."""
        if self.settings.network_type != CLASSIFIER or one.object_id == UNTRACKED:
            return None
        key, now = (frame.source_id, one.object_id), frame.frame_num
        history = self.objects.setdefault(key, History(0.0, now, now))
        history.area, history.inferred, history.pending = _area(one), now, True
        return history

    def forget(self, frame: NvDsFrameMeta) -> None:
        """Let go of the source's objects that have not been seen for long, or were seen in frames
        that are yet to come: another source has taken their source's place."""
        gone = [
            key
            for key, one in self.objects.items()
            if key[0] == frame.source_id and not 0 <= frame.frame_num - one.seen <= FORGET
        ]
        for key in gone:
            del self.objects[key]

    def due(self, frame: NvDsFrameMeta, one: NvDsObjectMeta, history: History | None) -> bool:
        """Whether the object, which is wanted, is to be looked at in this frame."""
        if history is None:
            return True
        if history.pending:
            return False
        waited = frame.frame_num - history.inferred > self.settings.secondary_reinfer_interval
        return waited or history.area * GROWN < _area(one)


def wanted(one: NvDsObjectMeta, settings: InferSettings) -> bool:
    """Whether the settings let the network look at this object at all."""
    box = one.rect_params
    if settings.operate_on_gie_id > -1 and one.unique_component_id != settings.operate_on_gie_id:
        return False
    if settings.operate_on_class_ids and one.class_id not in settings.operate_on_class_ids:
        return False
    return _within(
        box.width, settings.input_object_min_width, settings.input_object_max_width
    ) and _within(box.height, settings.input_object_min_height, settings.input_object_max_height)


def _within(size: float, least: int, most: int) -> bool:
    return size >= least and (most <= 0 or size <= most)


def _area(one: NvDsObjectMeta) -> float:
    return one.rect_params.width * one.rect_params.height
