"""The full schema of nvmsgconv (payload-type 0): a message for every object.

The members and their order are those of DeepStream 9.1, so that a consumer written for the device
reads the twin's messages.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from deepstream.messages.event import Box, Detected, Event, Frame, Three
from deepstream.messages.site import Module, Place, Sensor, Site
from deepstream.messages.text import to_json

Json = dict[str, Any]
EVENTS = ("ENTRY", "EXIT", "MOVING", "STOPPED", "PARKED", "EMPTY", "RESET")
# Members of the object's own structure: name in the message, name in NVIDIA's structure.
_VEHICLE = {
    "type": "type",
    "make": "make",
    "model": "model",
    "color": "color",
    "licenseState": "region",
    "license": "license",
}
_PERSON = {one: one for one in ("age", "gender", "hair", "cap", "apparel")}
_FACE = {
    one: one
    for one in ("age", "gender", "hair", "cap", "glasses", "facialhair", "name", "eyecolor")
}
_PRODUCT = {one: one for one in ("brand", "type", "shape")}
_KINDS: dict[str, tuple[str, Mapping[str, str]]] = {
    "VEHICLE": ("vehicle", _VEHICLE),
    "PERSON": ("person", _PERSON),
    "FACE": ("face", _FACE),
    "PRODUCT": ("product", _PRODUCT),
}


def of_event(event: Event, site: Site, warn: Callable[[str], None]) -> str:
    """The message of an event that a program attached; ``warn`` is told what the file lacks."""
    sensor = _found(site.sensors, event.sensor_id, "sensor", warn)
    place = _found(site.places, event.place_id, "place", warn)
    module = _found(site.modules, event.module_id, "analytics", warn)
    kind: Json = {"type": event.type.lower()} if event.type in EVENTS else {}
    return _message(
        event.timestamp,
        None if place is None else _place(place, _spot(event, place)),
        sensor,
        module,
        _object(event, warn),
        kind,
        {"videoPath": event.video_path},
    )


def of_object(
    frame: Frame, one: Detected, site: Site, now: str, warn: Callable[[str], None]
) -> str:
    """The message of a detected object, made from its metadata alone (``msg2p-newapi``)."""
    sensor = _found(site.sensors, frame.source_id, "sensor", warn)
    place = _found(site.places, frame.source_id, "place", warn)
    module = _found(site.modules, frame.source_id, "analytics", warn)
    spot = _named("place-sub-field", place, "id", "name") if place else {}
    extra: Json = {"videoPath": ""}
    if frame.blobs:
        extra["customMessage"] = list(frame.blobs)
    return _message(
        now,
        None if place is None else _place(place, spot),
        sensor,
        module,
        _detected(one),
        {"type": ""},
        extra,
    )


def _message(
    timestamp: str,
    place: Json | None,
    sensor: Sensor | None,
    module: Module | None,
    thing: Json,
    event: Json,
    extra: Json,
) -> str:
    return to_json(
        {
            "messageid": str(uuid.uuid4()),
            "mdsversion": "1.0",
            "@timestamp": timestamp,
            "place": place,
            "sensor": None if sensor is None else _sensor(sensor),
            "analyticsModule": None if module is None else _module(module),
            "object": thing,
            "event": {"id": str(uuid.uuid4()), **event},
            **extra,
        }
    )


def _found(table: Mapping[int, Any], number: int, group: str, warn: Callable[[str], None]) -> Any:
    if number not in table:
        warn(f"no entry for {group}{number} in the configuration file")
    return table.get(number)


def _place(place: Place, spot: Json) -> Json:
    where = {"location": _location(place.location)}
    return {"id": place.id, "name": place.name, "type": place.type, **where, **spot}


def _spot(event: Event, place: Place) -> Json:
    """What the place is called depends on the event, and its three fields with it."""
    if event.type in ("MOVING", "STOPPED"):
        return _named("aisle", place, "id", "name")
    if event.type in ("EMPTY", "PARKED"):
        return _named("parkingSpot", place, "id", "type")
    if event.type in ("ENTRY", "EXIT"):
        if event.object_type == "VEHICLE":
            return _named("aisle", place, "id", "name")
        return _named("entrance", place, "name", "lane")
    return {}


def _named(name: str, place: Place, first: str, second: str) -> Json:
    fields = dict(zip((first, second, "level"), place.fields, strict=True))
    return {name: {**fields, "coordinate": _coordinate(place.coordinate)}}


def _sensor(sensor: Sensor) -> Json:
    return {
        "id": sensor.id,
        "type": sensor.type,
        "description": sensor.description,
        "location": _location(sensor.location),
        "coordinate": _coordinate(sensor.coordinate),
    }


def _module(module: Module) -> Json:
    return {
        "id": module.id,
        "description": module.description,
        "source": module.source,
        "version": module.version,
    }


def _object(event: Event, warn: Callable[[str], None]) -> Json:
    made = _head(event.tracking_id)
    kind = event.object_type.removesuffix("_EXT")
    if kind in _KINDS:
        name, members = _KINDS[kind]
        made[name] = _attributes(event, members, confidence=kind != "PRODUCT")
    elif event.object_type == "UNKNOWN":
        if event.object_id:
            made[event.object_id] = {}
    else:
        warn(f"the message has no room for objects of type {event.object_type or 'none'}")
    made["bbox"] = _box(event.box)
    if event.masks:
        made["maskoutline"] = [list(polygon) for polygon in event.masks]
    if event.signature:
        made["signature"] = list(event.signature)
    where = _location(event.location), _coordinate(event.coordinate)
    return {**made, "location": where[0], "coordinate": where[1], "pose": {}}


def _attributes(event: Event, members: Mapping[str, str], *, confidence: bool) -> Json:
    given = event.attributes or {}
    made: Json = {
        member: given.get(name, 0 if name == "age" else "") for member, name in members.items()
    }
    if confidence:
        made["confidence"] = 1.0 if event.attributes is None else float(event.confidence)
    return made


def _detected(one: Detected) -> Json:
    about: Json = {"confidence": float(one.confidence)}
    for kind, labels in one.labels:
        if kind and labels:
            about[kind] = labels[-1]
    made = _head(one.object_id) | {one.label: about, "bbox": _box(one.box)}
    return {**made, "location": {}, "coordinate": {}}


def _head(number: int) -> Json:
    return {"id": str(number), "speed": 0.0, "direction": 0.0, "orientation": 0.0}


def _box(box: Box) -> Json:
    return {
        "topleftx": int(box.left),
        "toplefty": int(box.top),
        "bottomrightx": int(box.right),
        "bottomrighty": int(box.bottom),
    }


def _location(where: Three) -> Json:
    return dict(zip(("lat", "lon", "alt"), map(float, where), strict=True))


def _coordinate(where: Three) -> Json:
    return dict(zip(("x", "y", "z"), map(float, where), strict=True))
