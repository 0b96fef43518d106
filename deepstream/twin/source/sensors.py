"""Which streams ``nvmultiurisrcbin`` plays, and under which numbers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sensor:
    """A stream: ``source_id`` is the number of its pad at the mux, the others are the user's."""

    source_id: int
    camera_id: str
    camera_name: str
    uri: str


class Refused(Exception):
    """A stream that cannot be added or removed; the text is NVIDIA's where there is one."""


@dataclass
class Sensors:
    """Up to ``most`` of them. A number is given anew only when all others had their turn."""

    most: int
    known: dict[int, Sensor] = field(default_factory=dict)
    turn: int = 0

    def add(self, uri: str, camera_id: str, camera_name: str = "") -> Sensor:
        if len(self.known) >= self.most:
            raise Refused("Active sources exceded max-batch-size of nvstreammux")
        if camera_id and any(one.camera_id == camera_id for one in self.known.values()):
            raise Refused("Duplicate Camera id, unable to add stream")
        if "://" not in uri:
            raise Refused(f"Failed to add source stream: {uri!r} is no address")
        sensor = Sensor(self._free(), camera_id, camera_name, uri)
        self.known[sensor.source_id] = sensor
        return sensor

    def find(self, uri: str, camera_id: str) -> Sensor:
        """The stream with both; ``Refused`` if there is none."""
        for one in self.known.values():
            if (one.uri, one.camera_id) == (uri, camera_id):
                return one
        raise Refused("No record found. Failed to remove source stream")

    def drop(self, source_id: int) -> Sensor | None:
        return self.known.pop(source_id, None)

    def listed(self) -> list[Sensor]:
        """In the order of their numbers."""
        return [one for _, one in sorted(self.known.items())]

    def _free(self) -> int:
        turns = ((self.turn + step) % self.most for step in range(self.most))
        number = next(one for one in turns if one not in self.known)
        self.turn = number + 1
        return number


def of_lists(uris: str, ids: str, names: str) -> list[tuple[str, str, str]]:
    """Address, id and name of each stream of the element's comma-separated lists; ids and names
    may be fewer."""
    addresses = [one.strip() for one in uris.split(",") if one.strip()]
    return [(uri, _at(ids, number), _at(names, number)) for number, uri in enumerate(addresses)]


def _at(text: str, number: int) -> str:
    parts = text.split(",")
    return parts[number].strip() if number < len(parts) else ""
