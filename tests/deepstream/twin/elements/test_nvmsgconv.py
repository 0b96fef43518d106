"""Messages are made from events or objects, and leave through a real broker."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deepstream.mosquitto import Listener, Mosquitto, free_port
from tests.deepstream.twin.elements.scenes import Run, Thing, run

pytestmark = pytest.mark.usefixtures("gstreamer")

SITE = """[sensor0]
enable=1
type=Camera
id=GATE
[place0]
enable=1
id=1
[analytics0]
enable=1
id=A
"""
CAR = Thing(10, 20, 30, 40, number=7)
Setup = Callable[[Any], None]


def one_car(_stream: int, _number: int) -> list[Thing]:
    return [CAR]


def site(folder: Path) -> Path:
    path = folder / "msgconv.txt"
    path.write_text(SITE)
    return path


def vehicle(component: int = 0) -> Any:
    """What deepstream-test4 attaches."""
    from deepstream.twin.metadata import memory
    from deepstream.twin.metadata.enums import NvDsEventType, NvDsObjectType
    from deepstream.twin.metadata.event import NvDsEventMsgMeta, NvDsVehicleObject

    meta = NvDsEventMsgMeta()
    meta.type = NvDsEventType.NVDS_EVENT_MOVING
    meta.objType = NvDsObjectType.NVDS_OBJECT_TYPE_VEHICLE
    meta.bbox.left, meta.bbox.top, meta.bbox.width, meta.bbox.height = 1.5, 2.0, 3.0, 4.0
    meta.trackingId, meta.confidence, meta.frameId = 7, 0.5, 30
    meta.componentId = component
    meta.sensorStr = "sensor-0"
    meta.ts = memory.allocate(b"2026-11-25T12:00:00.000Z\0")
    sedan = NvDsVehicleObject()
    sedan.type, sedan.make, sedan.model = "sedan", "Bugatti", "M"
    sedan.color, sedan.license, sedan.region = "blue", "XX1234", "CA"
    meta.extMsg, meta.extMsgSize = sedan, 1
    return meta


def attaching(*metas: Any) -> Setup:
    """A probe before the converter that attaches events to every frame."""

    def setup(pipeline: Any) -> None:
        from deepstream.twin.gst import Gst
        from deepstream.twin.metadata import NvDsMetaType, NvDsUserMeta, find

        def put(_pad: Any, info: Any) -> Any:
            for frame in find(info.get_buffer()).frames:  # type: ignore[union-attr]
                frame.users += [
                    NvDsUserMeta.of(NvDsMetaType.NVDS_EVENT_MSG_META, one) for one in metas
                ]
            return Gst.PadProbeReturn.OK

        pad = pipeline.get_by_name("after").get_static_pad("sink")
        pad.add_probe(Gst.PadProbeType.BUFFER, put)

    return setup


def convert(properties: str, setup: Setup, count: int = 1) -> tuple[Run, list[str]]:
    texts: list[str] = []

    def look(_buffer: Any, batch: Any) -> None:
        for frame in batch.frames:
            texts.extend(
                one.content.payload
                for one in frame.users
                if one.base_meta.meta_type.name == "NVDS_PAYLOAD_META"
            )

    line = f"nvmsgconv name=after {properties} ! fakesink"
    return run(line, one_car, look, count=count, setup=setup), texts


def test_an_event_of_deepstream_test4_becomes_a_message(tmp_path: Path) -> None:
    ended, texts = convert(f"config={site(tmp_path)}", attaching(vehicle()), 2)
    assert (ended.error, ended.warnings, len(texts)) == (None, [], 2)
    made = json.loads(texts[0])
    assert made["object"]["vehicle"]["licenseState"] == "CA"
    assert (made["sensor"]["id"], made["@timestamp"]) == ("GATE", "2026-11-25T12:00:00.000Z")


def test_the_minimal_schema_gathers_a_frames_events() -> None:
    _, texts = convert("payload-type=1", attaching(vehicle(), vehicle()))
    assert len(texts) == 1
    made = json.loads(texts[0])
    assert made["sensorId"] == "sensor-0"
    assert made["objects"] == ["7|1.5|2|4.5|6|Vehicle|#|sedan|Bugatti|M|blue|XX1234|CA|0.5"] * 2


def test_a_component_gets_its_own_events() -> None:
    _, texts = convert("payload-type=1 comp-id=2", attaching(vehicle(1), vehicle(2)))
    assert [len(json.loads(one)["objects"]) for one in texts] == [1]


def test_the_new_interface_needs_no_events(tmp_path: Path) -> None:
    properties = f"msg2p-newapi=true frame-interval=2 config={site(tmp_path)}"
    _, texts = convert(properties, lambda _: None, 4)
    assert [json.loads(one)["object"]["id"] for one in texts] == ["7", "7"]
    _, texts = convert(f"{properties} payload-type=1", lambda _: None, 1)
    assert json.loads(texts[0])["objects"] == ["7|10|20|40|60|car"]


def test_a_frame_without_events_is_told_of_on_demand() -> None:
    assert convert("payload-type=1", lambda _: None)[1] == []
    _, texts = convert("payload-type=1 dummy-payload=true", lambda _: None)
    assert json.loads(texts[0])["objects"] == ["0|0|0|0|0|Vehicle|#|||||||0"]


def test_messages_are_kept_where_it_is_asked_for(tmp_path: Path) -> None:
    convert(f"payload-type=1 debug-payload-dir={tmp_path}", attaching(vehicle()))
    files = list(tmp_path.glob("*.txt"))
    assert len(files) == 1
    assert "Bugatti" in files[0].read_text()


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ("", "needs config"),
        ("payload-type=257", "library of your own"),
        ("payload-type=2", "protobuf"),
        ("payload-type=1 msg2p-lib=/tmp/libmine.so", "libmine.so"),
        ("payload-type=1 debug-payload-dir=/nowhere", "/nowhere"),
        ("config=/nowhere.txt", "/nowhere.txt"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(properties: str, said: str) -> None:
    ended, _ = convert(properties, lambda _: None)
    assert said in str(ended.error)


def test_a_wrong_file_is_told_of_before_a_broker_is_asked(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("[sensor0]\nenable=1\nlocation=1;2\n[place]\n")
    nobody = f"proto-lib=libnvds_mqtt_proto.so conn-str=localhost;{free_port()};cars"
    ended = run(f"nvmsgconv name=after config={wrong} ! nvmsgbroker {nobody}", one_car)
    assert f"{wrong}:3" in str(ended.error)
    assert f"{wrong}:4" in str(ended.error)


def test_messages_reach_a_broker(mosquitto: Mosquitto, tmp_path: Path) -> None:
    listener = Listener(mosquitto.port, "cars")
    line = (
        f"nvmsgconv name=after config={site(tmp_path)} ! "
        f"nvmsgbroker proto-lib=/opt/nvidia/lib/libnvds_mqtt_proto.so sync=false "
        f"conn-str=localhost;{mosquitto.port};cars"
    )
    ended = run(line, one_car, count=3, setup=attaching(vehicle()))
    assert (ended.error, ended.warnings) == (None, [])
    makes = [listener.json()["object"]["vehicle"]["make"] for _ in range(3)]
    assert makes == ["Bugatti"] * 3
    listener.close()


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ("", "needs proto-lib"),
        ("proto-lib=libnvds_mqtt_proto.so", "needs conn-str"),
        ("proto-lib=libnvds_mqtt_proto.so conn-str=localhost;1883", "no topic"),
        ("proto-lib=libnvds_amqp_proto.so conn-str=localhost;1;t", "libnvds_mqtt_proto.so"),
        ("proto-lib=libnvds_mqtt_proto.so conn-str=localhost;{port};t", "no connection"),
    ],
)
def test_a_broker_that_cannot_be_reached_is_told_of(properties: str, said: str) -> None:
    ended = run(f"nvmsgbroker {properties.format(port=free_port())}", one_car)
    assert said in str(ended.error)
