"""What a message tells of: an event that a program made up, or an object that was detected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Three = tuple[float, float, float]
ZERO: Three = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Box:
    """Pixels of the frame."""

    left: float = 0.0
    top: float = 0.0
    width: float = 0.0
    height: float = 0.0

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Event:
    """NVIDIA's ``NvDsEventMsgMeta`` as plain values.

    ``type`` and ``object_type`` are the ends of NVIDIA's names: ``ENTRY`` of
    ``NVDS_EVENT_ENTRY``, ``VEHICLE`` of ``NVDS_OBJECT_TYPE_VEHICLE``; an empty one is none that
    NVIDIA knows. ``attributes``: the fields of the object's own structure (``NvDsVehicleObject``),
    or none. ``masks``: polygons, x and y one after the other.
    """

    type: str
    object_type: str
    box: Box = Box()
    frame_id: int = 0
    tracking_id: int = 0
    confidence: float = 0.0
    sensor_id: int = 0
    place_id: int = 0
    module_id: int = 0
    component_id: int = 0
    timestamp: str = ""
    object_id: str | None = None
    sensor: str | None = None
    video_path: str = ""
    location: Three = ZERO
    coordinate: Three = ZERO
    signature: Sequence[float] = ()
    attributes: Mapping[str, str | int] | None = None
    masks: Sequence[Sequence[float]] = ()


@dataclass(frozen=True)
class Detected:
    """An object of a frame. ``labels``: each classifier's type and the labels it gave."""

    object_id: int
    label: str
    confidence: float
    box: Box
    labels: Sequence[tuple[str, Sequence[str]]] = ()


@dataclass(frozen=True)
class Frame:
    """A frame with its objects. ``blobs``: messages of the program's own, passed on as they are."""

    source_id: int
    number: int
    objects: Sequence[Detected] = ()
    blobs: Sequence[str] = field(default=())
