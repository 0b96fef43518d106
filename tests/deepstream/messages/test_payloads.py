from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from deepstream.messages import full, minimal
from deepstream.messages.event import Box, Detected, Event, Frame
from deepstream.messages.site import Module, Place, Sensor, Site
from deepstream.messages.text import utc

SITE = Site(
    sensors={0: Sensor("CAM", "Camera", "gate", (45.0, -75.5, 48.0), (5.2, 10.1, 11.2))},
    places={
        0: Place("1", "XYZ", "garage", (30.0, -40.0, 100.0), (1.0, 2.0, 3.0), ("w", "l", "P2"))
    },
    modules={0: Module("XYZ", "what", "OpenALR", "1.0")},
)
SEDAN = {
    "type": "sedan",
    "make": "Bugatti",
    "model": "M",
    "color": "blue",
    "license": "XX1234",
    "region": "CA",
}
EVENT = Event(
    type="MOVING",
    object_type="VEHICLE",
    box=Box(10.7, 20.2, 30.5, 40.5),
    frame_id=60,
    tracking_id=2**64 - 1,
    confidence=0.8,
    timestamp="2026-11-25T12:00:00.000Z",
    attributes=SEDAN,
)


def silent(text: str) -> None:
    pytest.fail(text)


def message(event: Event = EVENT) -> Any:
    return json.loads(full.of_event(event, SITE, silent))


def test_the_full_schema_has_nvidias_members_in_nvidias_order() -> None:
    made = message()
    assert list(made) == [
        "messageid",
        "mdsversion",
        "@timestamp",
        "place",
        "sensor",
        "analyticsModule",
        "object",
        "event",
        "videoPath",
    ]
    assert made["sensor"] == {
        "id": "CAM",
        "type": "Camera",
        "description": "gate",
        "location": {"lat": 45.0, "lon": -75.5, "alt": 48.0},
        "coordinate": {"x": 5.2, "y": 10.1, "z": 11.2},
    }
    assert made["object"]["bbox"] == {
        "topleftx": 10,
        "toplefty": 20,
        "bottomrightx": 41,
        "bottomrighty": 60,
    }
    assert made["object"]["id"] == str(2**64 - 1)
    assert made["object"]["vehicle"] == {
        "type": "sedan",
        "make": "Bugatti",
        "model": "M",
        "color": "blue",
        "licenseState": "CA",
        "license": "XX1234",
        "confidence": 0.8,
    }
    assert made["event"]["type"] == "moving"
    ids = made["messageid"], made["event"]["id"]
    assert all(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)


def test_json_looks_as_json_glib_writes_it() -> None:
    text = full.of_event(EVENT, SITE, silent)
    assert '\n  "mdsversion" : "1.0",\n' in text


@pytest.mark.parametrize(
    ("kind", "thing", "name", "fields"),
    [
        ("MOVING", "VEHICLE", "aisle", {"id": "w", "name": "l", "level": "P2"}),
        ("PARKED", "VEHICLE", "parkingSpot", {"id": "w", "type": "l", "level": "P2"}),
        ("ENTRY", "VEHICLE", "aisle", {"id": "w", "name": "l", "level": "P2"}),
        ("EXIT", "PERSON", "entrance", {"name": "w", "lane": "l", "level": "P2"}),
    ],
)
def test_the_event_says_what_a_place_is(
    kind: str, thing: str, name: str, fields: dict[str, str]
) -> None:
    place = message(replace(EVENT, type=kind, object_type=thing))["place"]
    assert place[name] == {**fields, "coordinate": {"x": 1.0, "y": 2.0, "z": 3.0}}


def test_an_object_without_its_own_structure_gets_empty_fields() -> None:
    made = message(replace(EVENT, object_type="PERSON", attributes=None))["object"]["person"]
    empty = dict.fromkeys(("gender", "hair", "cap", "apparel"), "")
    assert made == {"age": 0, **empty, "confidence": 1.0}


def test_what_the_configuration_lacks_is_null_and_told() -> None:
    said: list[str] = []
    made = json.loads(full.of_event(replace(EVENT, sensor_id=3), SITE, said.append))
    assert made["sensor"] is None
    assert said == ["no entry for sensor3 in the configuration file"]


def test_the_minimal_schema_has_a_line_an_object() -> None:
    plain = replace(EVENT, object_type="PERSON", attributes=None, tracking_id=5)
    face = {"gender": "f", "age": 30, "name": "Eve", "eyecolor": "green"}
    made = json.loads(
        minimal.of_events([EVENT, plain, replace(plain, object_type="FACE", attributes=face)], SITE)
    )
    assert made == {
        "version": "4.0",
        "id": "60",
        "@timestamp": EVENT.timestamp,
        "sensorId": "CAM",
        "objects": [
            f"{2**64 - 1}|10.7|20.2|41.2|60.7|Vehicle|#|sedan|Bugatti|M|blue|XX1234|CA|0.8",
            "5|10.7|20.2|41.2|60.7|Person|#|||||||0.8",
            "5|10.7|20.2|41.2|60.7|Face|#|f|30|||||Eve||green|0.8",
        ],
    }


def test_the_sensor_of_the_minimal_schema_is_named_by_the_event_or_the_configuration() -> None:
    named = replace(EVENT, sensor="sensor-0")
    sensors = [
        json.loads(minimal.of_events([event], site))["sensorId"]
        for event, site in ((named, None), (EVENT, None), (EVENT, SITE), (EVENT, Site()))
    ]
    assert sensors == ["sensor-0", "0", "CAM", ""]


CAR = Detected(7, "car", 0.75, Box(1.5, 2, 3, 4), (("color", ("red",)), ("", ("x",))))
FRAME = Frame(0, 12, (CAR, replace(CAR, labels=())), ("mine",))


def test_objects_alone_make_messages_by_the_new_interface() -> None:
    made = json.loads(minimal.of_frame(FRAME, SITE, "now"))
    assert made["objects"] == ["7|1.5|2|4.5|6|car|#|red|x|0.75", "7|1.5|2|4.5|6|car"]
    assert (made["id"], made["sensorId"], made["customMessage"]) == ("12", "CAM", ["mine"])
    one = json.loads(full.of_object(FRAME, CAR, SITE, "now", silent))
    assert one["object"]["car"] == {"confidence": 0.75, "color": "red"}
    assert one["place"]["place-sub-field"]["name"] == "l"
    assert (one["event"]["type"], one["customMessage"]) == ("", ["mine"])


def test_masks_go_into_either_schema() -> None:
    masked = replace(
        EVENT, object_type="VEHICLE_EXT", masks=((1.0, 2.5), (3.0, 4.0)), tracking_id=5
    )
    assert message(masked)["object"]["maskoutline"] == [[1.0, 2.5], [3.0, 4.0]]
    made = json.loads(minimal.of_events([masked], SITE))
    assert made["masks"] == ["5|2|1|2.5|#|3|4"]
    assert "|Unknown|#|sedan|" in made["objects"][0]


def test_times_are_utc_with_milliseconds() -> None:
    assert utc(1_700_000_000_987_654_321) == "2023-11-14T22:13:20.987Z"
