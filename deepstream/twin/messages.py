"""NVIDIA's metadata as what ``deepstream.messages`` writes: events, and objects with labels."""

from __future__ import annotations

import inspect
from typing import Any

from deepstream.messages.event import Box, Detected, Event, Frame
from deepstream.twin.metadata import NvDsFrameMeta, NvDsObjectMeta
from deepstream.twin.metadata.event import NvDsEventMsgMeta
from deepstream.twin.metadata.memory import Capsule, of_address, string_at
from deepstream.twin.metadata.record import CString, Record

EVENT, OBJECT = "NVDS_EVENT_", "NVDS_OBJECT_TYPE_"


def event(meta: NvDsEventMsgMeta) -> Event:
    """The event that a script attached."""
    box, at, where = meta.bbox, meta.location, meta.coordinate
    attached = meta.attached if meta.extMsgSize else None
    return Event(
        type=meta.type.name.removeprefix(EVENT),
        object_type=meta.objType.name.removeprefix(OBJECT),
        box=Box(box.left, box.top, box.width, box.height),
        frame_id=meta.frameId,
        tracking_id=meta.trackingId,
        confidence=meta.confidence,
        sensor_id=meta.sensorId,
        place_id=meta.placeId,
        module_id=meta.moduleId,
        component_id=meta.componentId,
        timestamp=string_at(meta.ts),
        object_id=_string(meta.objectId),
        sensor=_string(meta.sensorStr),
        video_path=string_at(meta.videoPath),
        location=(at.lat, at.lon, at.alt),
        coordinate=(where.x, where.y, where.z),
        signature=_signature(meta),
        attributes=_attributes(attached) if isinstance(attached, Record) else None,
        masks=getattr(attached, "mask", None) or (),
    )


def frame(meta: NvDsFrameMeta) -> Frame:
    """The objects of a frame, as their metadata describes them."""
    return Frame(meta.source_id, meta.frame_num, [_detected(one) for one in meta.objects])


def _detected(one: NvDsObjectMeta) -> Detected:
    rect = one.rect_params
    labels = [
        (found.classifier_type, [label.result_label for label in found.labels])
        for found in one.classifiers
    ]
    box = Box(rect.left, rect.top, rect.width, rect.height)
    return Detected(one.object_id, one.obj_label, one.confidence, box, labels)


def _string(address: int) -> str | None:
    return string_at(address) if address else None


def _signature(meta: NvDsEventMsgMeta) -> list[float]:
    values: Any = meta.objSignature.signature
    if not values or not meta.objSignature.size:
        return []
    if isinstance(values, Capsule):
        values = values.target
    if isinstance(values, int):
        values = of_address(values)
    return [float(one) for one in values[: meta.objSignature.size]]


def _attributes(record: Record) -> dict[str, str | int]:
    """The fields of a vehicle, a person or a face; C strings are read at their addresses."""
    made: dict[str, str | int] = {}
    for name in dir(type(record)):
        kind = inspect.getattr_static(type(record), name)
        if isinstance(kind, CString):
            made[name] = string_at(getattr(record, name))
        elif isinstance(kind, str | int) and not name.startswith("_"):
            made[name] = getattr(record, name)
    return made
