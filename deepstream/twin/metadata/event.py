"""What is told to the world of an object: NVIDIA's event message and the things it describes."""

from __future__ import annotations

from typing import Any

from deepstream.twin.metadata.enums import NvDsEventType, NvDsObjectType
from deepstream.twin.metadata.memory import Capsule
from deepstream.twin.metadata.record import (
    CString,
    Record,
    anything,
    choice,
    part,
    real,
    text,
    whole,
)
from train2edge.detections import UNTRACKED


class NvDsRect(Record):
    top: float = real()
    left: float = real()
    width: float = real()
    height: float = real()


class NvDsGeoLocation(Record):
    lat: float = real()
    lon: float = real()
    alt: float = real()


class NvDsCoordinate(Record):
    x: float = real()
    y: float = real()
    z: float = real()


class NvDsObjectSignature(Record):
    signature: Any = anything()
    size: int = whole(signed=False)


class NvDsEventMsgMeta(Record):
    """``ts`` is the address of a C string; ``extMsg`` a structure that tells of the object."""

    type: NvDsEventType = choice(NvDsEventType, NvDsEventType.NVDS_EVENT_ENTRY)
    objType: NvDsObjectType = choice(NvDsObjectType, NvDsObjectType.NVDS_OBJECT_TYPE_VEHICLE)
    bbox: NvDsRect = part(NvDsRect)
    location: NvDsGeoLocation = part(NvDsGeoLocation)
    coordinate: NvDsCoordinate = part(NvDsCoordinate)
    objSignature: NvDsObjectSignature = part(NvDsObjectSignature)
    objClassId: int = whole()
    sensorId: int = whole()
    moduleId: int = whole()
    placeId: int = whole()
    componentId: int = whole()
    frameId: int = whole()
    confidence: float = real()
    trackingId: int = whole(bits=64, signed=False)
    ts: int = whole(bits=64, signed=False)
    objectId = CString()
    sensorStr = CString()
    otherAttrs = CString()
    videoPath = CString()
    attached: Any = anything()
    extMsgSize: int = whole(signed=False)

    @property
    def extMsg(self) -> Capsule[Any] | None:
        return None if self.attached is None else Capsule(self.attached)

    @extMsg.setter
    def extMsg(self, value: Any) -> None:
        self.attached = value

    @property
    def tracked(self) -> bool:
        return self.trackingId != UNTRACKED


class NvDsEvent(Record):
    eventType: NvDsEventType = choice(NvDsEventType, NvDsEventType.NVDS_EVENT_ENTRY)
    metadata: NvDsEventMsgMeta | None = anything()


class NvDsPayload(Record):
    """``payload`` is the message's text, ``payloadSize`` its length in bytes."""

    payload: Any = anything()
    payloadSize: int = whole(signed=False)
    componentId: int = whole(signed=False)


class NvDsVehicleObject(Record):
    type = CString()
    make = CString()
    model = CString()
    color = CString()
    region = CString()
    license = CString()


class NvDsPersonObject(Record):
    gender = CString()
    hair = CString()
    cap = CString()
    apparel = CString()
    age: int = whole(signed=False)


class NvDsFaceObject(Record):
    gender = CString()
    hair = CString()
    cap = CString()
    glasses = CString()
    facialhair = CString()
    name = CString()
    eyecolor = CString()
    age: int = whole(signed=False)


class NvDsVehicleObjectExt(Record):
    type: str = text()
    make: str = text()
    model: str = text()
    color: str = text()
    region: str = text()
    license: str = text()
    mask: Any = anything()


class NvDsPersonObjectExt(Record):
    gender: str = text()
    hair: str = text()
    cap: str = text()
    apparel: str = text()
    age: int = whole(signed=False)
    mask: Any = anything()


class NvDsFaceObjectWithExt(Record):
    gender: str = text()
    hair: str = text()
    cap: str = text()
    glasses: str = text()
    facialhair: str = text()
    name: str = text()
    eyecolor: str = text()
    age: int = whole(signed=False)
    mask: Any = anything()
