"""A program of its own, against a real broker: events by ``pyds``, a tee, both branches."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.deepstream.mosquitto import Listener, Mosquitto

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.usefixtures("gstreamer")

SITE = "[sensor0]\nenable=1\nid=GATE\n[place0]\nenable=1\nid=1\n[analytics0]\nenable=1\nid=A\n"
SCRIPT = """
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst

import pyds

port, site = sys.argv[1:]
Gst.init(None)


def copy(data, _):
    source = pyds.NvDsEventMsgMeta.cast(pyds.NvDsUserMeta.cast(data).user_meta_data)
    at = pyds.memdup(pyds.get_ptr(source), sys.getsizeof(pyds.NvDsEventMsgMeta))
    twin = pyds.NvDsEventMsgMeta.cast(at)
    twin.ts = pyds.memdup(source.ts, 33)
    twin.sensorStr = pyds.get_string(source.sensorStr)
    return twin


def free(data, _):
    source = pyds.NvDsEventMsgMeta.cast(pyds.NvDsUserMeta.cast(data).user_meta_data)
    pyds.free_buffer(source.ts)
    pyds.free_buffer(source.sensorStr)


def attach(pad, info):
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
    meta = pyds.alloc_nvds_event_msg_meta()
    meta.bbox.left, meta.bbox.top, meta.bbox.width, meta.bbox.height = 1.0, 2.0, 3.0, 4.0
    meta.frameId, meta.trackingId, meta.confidence = frame.frame_num, 7, 0.5
    meta.sensorStr = "sensor-0"
    meta.ts = pyds.alloc_buffer(33)
    pyds.generate_ts_rfc3339(meta.ts, 32)
    meta.type = pyds.NvDsEventType.NVDS_EVENT_ENTRY
    meta.objType = pyds.NvDsObjectType.NVDS_OBJECT_TYPE_PERSON
    person = pyds.NvDsPersonObject.cast(pyds.alloc_nvds_person_object())
    person.age, person.cap, person.hair = 45, "none", "black"
    person.gender, person.apparel = "male", "formal"
    meta.extMsg, meta.extMsgSize = person, sys.getsizeof(pyds.NvDsPersonObject)
    user = pyds.nvds_acquire_user_meta_from_pool(batch)
    user.user_meta_data = meta
    user.base_meta.meta_type = pyds.NvDsMetaType.NVDS_EVENT_MSG_META
    pyds.user_copyfunc(user, copy)
    pyds.user_releasefunc(user, free)
    pyds.nvds_add_user_meta_to_frame(frame, user)
    return Gst.PadProbeReturn.OK


pipeline = Gst.parse_launch(
    "nvstreammux name=mux batch-size=1 width=320 height=240 ! identity name=in ! tee name=t "
    f"t. ! queue ! nvmsgconv config={site} payload-type=0 ! "
    f"nvmsgbroker proto-lib=libnvds_mqtt_proto.so conn-str=localhost;{port};people sync=false "
    "t. ! queue ! nvmultistreamtiler width=160 height=120 ! nvdsosd ! fakesink "
    "videotestsrc num-buffers=4 ! video/x-raw,format=RGBA,width=320,height=240 ! mux.sink_0"
)
pipeline.get_by_name("in").get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, attach)
pipeline.set_state(Gst.State.PLAYING)
ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
message = pipeline.get_bus().timed_pop_filtered(30 * Gst.SECOND, ends)
pipeline.set_state(Gst.State.NULL)
sys.exit(0 if message and message.type == Gst.MessageType.EOS else 1)
"""


def test_events_of_a_program_arrive_while_its_picture_is_shown(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    script, site = tmp_path / "people.py", tmp_path / "msgconv.txt"
    script.write_text(SCRIPT)
    site.write_text(SITE)
    listener = Listener(mosquitto.port, "people")
    command = [sys.executable, "-m", "train2edge", "stream", "exec", str(script)]
    command += [str(mosquitto.port), str(site)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    messages = [listener.json() for _ in range(4)]
    listener.close()
    assert messages[0]["object"]["person"] == {
        "age": 45,
        "gender": "male",
        "hair": "black",
        "cap": "none",
        "apparel": "formal",
        "confidence": 0.5,
    }
    assert messages[3]["place"]["entrance"]["level"] == ""
    assert [one["sensor"]["id"] for one in messages] == ["GATE"] * 4
    assert messages[0]["@timestamp"].endswith("Z")
