"""The minimal schema of nvmsgconv (payload-type 1): a message for every frame, a line an object.

``957|1834|150|1918|215|Vehicle|#|sedan|Bugatti|M|blue|CA 444|California|0.8``: number, left, top,
right, bottom, type; after ``#`` what further networks say; the confidence. As DeepStream 9.1.
"""

from __future__ import annotations

from collections.abc import Sequence

from deepstream.messages.event import Box, Detected, Event, Frame
from deepstream.messages.site import Site
from deepstream.messages.text import to_json

TYPES = {
    "VEHICLE": "Vehicle",
    "FACE": "Face",
    "PERSON": "Person",
    "BAG": "Bag",
    "BICYCLE": "Bicycle",
    "ROADSIGN": "RoadSign",
    "CUSTOM": "Custom",
    "PRODUCT": "Product",
}
_FACE = ("gender", "age", "hair", "cap", "glasses", "facialhair", "name", "", "eyecolor")
_FIELDS: dict[str, tuple[str, ...]] = {  # an empty one is a field that is always empty
    "VEHICLE": ("type", "make", "model", "color", "license", "region"),
    "PERSON": ("gender", "age", "hair", "cap", "apparel"),
    "FACE": _FACE,
    "PRODUCT": ("brand", "type", "shape"),
}


def of_events(events: Sequence[Event], site: Site | None) -> str:
    """The message of one frame's events; its time, frame and sensor are those of the first."""
    first = events[0]
    masks = [_masks(event) for event in events if event.masks]
    return _message(
        first.frame_id,
        first.timestamp,
        _sensor(first, site),
        [_event(event) for event in events],
        {"masks": masks} if masks else {},
    )


def of_frame(frame: Frame, site: Site | None, now: str) -> str:
    """The message of a frame's objects, made from their metadata alone (``msg2p-newapi``)."""
    known = site.sensors.get(frame.source_id) if site else None
    extra = {"customMessage": list(frame.blobs)} if frame.blobs else {}
    lines = [_detected(one) for one in frame.objects]
    return _message(frame.number, now, known.id if known else "0", lines, extra)


def _message(
    number: int, timestamp: str, sensor: str, lines: list[str], extra: dict[str, list[str]]
) -> str:
    head = {"version": "4.0", "id": str(number), "@timestamp": timestamp, "sensorId": sensor}
    return to_json({**head, "objects": lines, **extra})


def _sensor(event: Event, site: Site | None) -> str:
    if event.sensor is not None:
        return event.sensor
    if site is None:
        return "0"
    return site.sensors[event.sensor_id].id if event.sensor_id in site.sensors else ""


def _event(event: Event) -> str:
    kind = TYPES.get(event.object_type, "Unknown")
    if event.object_type == "UNKNOWN" and event.object_id is not None:
        kind = event.object_id
    return f"{_place(event.tracking_id, event.box)}|{kind}{_about(event)}|{event.confidence:g}"


def _about(event: Event) -> str:
    if event.attributes is None:
        return "|#||||||"
    fields = _FIELDS.get(event.object_type.removesuffix("_EXT"), ())
    values = "|".join(str(event.attributes.get(name, "")) for name in fields)
    return f"|#|{values}" if fields else ""


def _masks(event: Event) -> str:
    polygons = "|#".join("".join(f"|{one:g}" for one in polygon) for polygon in event.masks)
    return f"{event.tracking_id}|{len(event.masks)}{polygons}"


def _detected(one: Detected) -> str:
    line = f"{_place(one.object_id, one.box)}|{one.label}"
    if not one.labels:
        return line
    labels = "".join(f"|{label}" for _, given in one.labels for label in given)
    return f"{line}|#{labels}|{one.confidence:g}"


def _place(number: int, box: Box) -> str:
    return f"{number}|{box.left:g}|{box.top:g}|{box.right:g}|{box.bottom:g}"
