"""Kafka through librdkafka, the library that NVIDIA's ``libnvds_kafka_proto.so`` is made of.

Keys of ``[message-broker]``: proto-cfg and producer-proto-cfg (librdkafka's own settings,
``key=value;key=value``), partition-key (a member of the message, ``sensor.id``). Lost connections
are librdkafka's to make again, so ``reconnect`` changes nothing.
"""

from __future__ import annotations

import json
import socket
from typing import Any

from deepstream.messages.broker import GROUP, Address, BrokerSettings, Warn
from train2edge.errors import InputError, MissingError, WorkError

NUMBERS: dict[str, tuple[int, int]] = {}
ANSWER_S = 5.0
FLUSH_S = 10.0


def connect(
    address: Address, settings: BrokerSettings, warn: Warn, *, reconnect: bool
) -> KafkaConnection:
    """Make sure that somebody answers, as NVIDIA's adaptor does, and start a producer."""
    library = _library()
    place = f"{address.host}:{address.port}"
    try:
        socket.create_connection((address.host, address.port), ANSWER_S).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkError(f"no connection to the Kafka broker at {place}: {reason}") from None
    options = {"bootstrap.servers": place, "log_level": 0}
    for key in ("proto-cfg", "producer-proto-cfg"):
        options |= _options(settings, key)
    try:
        producer = library.Producer(options)
    except library.KafkaException as error:
        reason = error.args[0].str()
        raise InputError(f"[{GROUP}] {reason}", where=str(settings.path)) from None
    return KafkaConnection(producer, place, settings.text("partition-key"), warn)


def _options(settings: BrokerSettings, key: str) -> dict[str, str]:
    text = settings.text(key).strip('"')
    pairs = [one for one in text.split(";") if one]
    if any("=" not in one for one in pairs):
        raise InputError(f"{key}: '{text}' is not key=value;key=value", where=str(settings.path))
    return {name.strip(): value.strip() for name, _, value in (one.partition("=") for one in pairs)}


class KafkaConnection:
    """A producer of librdkafka, which sends from its own threads."""

    def __init__(self, producer: Any, place: str, key: str, warn: Warn) -> None:
        self.producer, self.place, self.warn = producer, place, warn
        self.path = key.split(".") if key else []

    def send(self, topic: str, payload: bytes) -> None:
        try:
            self.producer.produce(topic, payload, key=self._key(payload), on_delivery=self._arrived)
        except BufferError:  # the queue is full: what is under way goes first
            self.producer.poll(1.0)
            self.producer.produce(topic, payload, key=self._key(payload), on_delivery=self._arrived)
        self.producer.poll(0)

    def _key(self, payload: bytes) -> str | None:
        if not self.path:
            return None
        value = json.loads(payload)
        for name in self.path:
            value = value.get(name) if isinstance(value, dict) else None
        return None if value is None else str(value)

    def _arrived(self, error: Any, _message: Any) -> None:
        if error is not None:
            self.warn(f"a message to the Kafka broker at {self.place} is lost: {error.str()}")

    def close(self) -> None:
        left = self.producer.flush(FLUSH_S)
        if left:
            self.warn(f"{left} messages to the Kafka broker at {self.place} did not arrive")


def _library() -> Any:
    try:
        import confluent_kafka
    except ImportError:
        hint = "pip install 'train2edge[run]'"
        raise MissingError("confluent-kafka is not installed", hint=hint) from None
    return confluent_kafka
