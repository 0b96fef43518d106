"""``mqtt=HOST;PORT;TOPIC``: every frame as a message, the JSON object of ``json_lines``.

(For NVIDIA's own schemas an app has ``[sinkN] type=6``: nvmsgconv and nvmsgbroker.)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from deepstream.app.frame import Frame, record
from deepstream.app.sinks import OPTION, Place, Sink
from deepstream.messages import broker, brokers
from train2edge.errors import InputError

LIBRARY = "libnvds_mqtt_proto.so"  # as NVIDIA names the protocol
HINT = "mqtt='localhost;1883;cars', in quotes"


@contextmanager
def opened(value: str, place: Place) -> Iterator[Sink]:
    where = broker.address(value, "", f"{OPTION} mqtt")
    topic = where.topic
    if topic is None:
        raise InputError(f"'{value}' names no topic", where=f"{OPTION} mqtt", hint=HINT)
    connection = brokers.connect(LIBRARY, where, None, _warn, reconnect=True, where=OPTION)

    def send(frame: Frame) -> None:
        connection.send(topic, json.dumps(record(frame)).encode())

    try:
        yield Sink(finished=send)
    finally:
        connection.close()


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)
