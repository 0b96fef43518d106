"""MQTT, as NVIDIA's ``libnvds_mqtt_proto.so`` speaks it: version 5, delivery at most once.

Keys of ``[message-broker]``: username, password, client-id, keep-alive, enable-tls with tls-cafile
or tls-capath, tls-certfile and tls-keyfile; the environment's USER_MQTT and PASSWORD_MQTT come
before the file. share-connection, loop-timeout and set-threaded mean nothing here.
"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path
from typing import Any

from deepstream.messages.broker import Address, BrokerSettings, Warn
from train2edge.errors import InputError, MissingError, WorkError

NUMBERS = {"keep-alive": (5, 65535), "loop-timeout": (0, 2**31 - 1)}
ANSWER_S = 10.0  # for the broker's first answer
FLUSH_S = 5.0  # for the last message on its way
TLS = ("tls-cafile", "tls-capath", "tls-certfile", "tls-keyfile")


def connect(
    address: Address, settings: BrokerSettings, warn: Warn, *, reconnect: bool
) -> MqttConnection:
    """Connect by version 5; a broker that knows 3.1.1 alone is told of, for the device needs 5."""
    mqtt = _library()
    login = _Login(address, settings, warn, reconnect)
    connection = MqttConnection(mqtt, mqtt.MQTTv5, login)
    reason = connection.open()
    if reason is not None and connection.too_new:
        connection = MqttConnection(mqtt, mqtt.MQTTv311, login)
        reason = connection.open()
        if reason is None:
            warn(f"the broker at {login.place} speaks MQTT 3.1.1: DeepStream asks for version 5")
    if reason is not None:
        raise WorkError(f"no connection to the MQTT broker at {login.place}: {reason}")
    return connection


class _Login:
    """Everything a client is made of."""

    def __init__(
        self, address: Address, settings: BrokerSettings, warn: Warn, reconnect: bool
    ) -> None:
        self.address, self.warn, self.reconnect = address, warn, reconnect
        self.place = f"{address.host}:{address.port}"
        self.user = os.environ.get("USER_MQTT") or settings.text("username")
        self.password = os.environ.get("PASSWORD_MQTT") or settings.text("password")
        self.client_id = settings.text("client-id")
        self.keep_alive = int(settings.text("keep-alive", "60"))
        self.tls = _tls(settings) if settings.flag("enable-tls") else None


def _tls(settings: BrokerSettings) -> dict[str, str]:
    files = {key: settings.text(key) for key in TLS}
    where = str(settings.path)
    if not files["tls-cafile"] and not files["tls-capath"]:
        raise InputError("enable-tls=1 needs tls-cafile or tls-capath", where=where)
    absent = [f"{key}={file}" for key, file in files.items() if file and not Path(file).exists()]
    if absent:
        raise InputError(f"no such file: {', '.join(absent)}", where=where)
    return files


class MqttConnection:
    """A client of paho-mqtt with its own thread, which also makes a lost connection again."""

    def __init__(self, mqtt: Any, version: int, login: _Login) -> None:
        self.login = login
        self.too_new = False
        self.closing = False
        self.lost: str | None = "not connected"
        self.told = False
        self.last: Any = None
        self.answered = threading.Event()
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=login.client_id,
            protocol=version,
            reconnect_on_failure=login.reconnect,
        )
        self.client.on_connect = self._connected
        self.client.on_disconnect = self._disconnected
        if login.user or login.password:
            self.client.username_pw_set(login.user, login.password)
        if login.tls is not None:
            self._encrypt(login.tls)

    def _encrypt(self, files: dict[str, str]) -> None:
        import ssl

        try:
            context = ssl.create_default_context(
                cafile=files["tls-cafile"] or None, capath=files["tls-capath"] or None
            )
            if files["tls-certfile"] and files["tls-keyfile"]:
                context.load_cert_chain(files["tls-certfile"], files["tls-keyfile"])
        except (ssl.SSLError, OSError) as error:
            raise InputError(f"the certificates cannot be used: {error}") from None
        self.client.tls_set_context(context)

    def open(self) -> str | None:
        """Connect and wait for the broker's answer; the reason if it is no."""
        try:
            self.client.connect(
                self.login.address.host, self.login.address.port, self.login.keep_alive
            )
        except OSError as error:
            return error.strerror or str(error)
        self.client.loop_start()
        if not self.answered.wait(ANSWER_S):
            self.lost = f"no answer within {ANSWER_S:g} s"
        if self.lost is not None:
            self.client.disconnect()
            self.client.loop_stop()
        return self.lost

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        self.lost = str(reason) if reason.is_failure else None
        self.too_new = reason.is_failure and reason.getName() == "Unsupported protocol version"
        self.told = False
        self.answered.set()

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _more: Any) -> None:
        if not self.answered.is_set():  # some brokers hang up on a version they do not know
            self.too_new = True
            self.lost = "it hung up"
            self.answered.set()
        elif self.lost is None and not self.closing:
            self.lost = str(reason)

    def send(self, topic: str, payload: bytes) -> None:
        if self.lost is not None:
            self._gone(self.lost)
            return
        self.last = self.client.publish(topic, payload, qos=0)
        if self.last.rc:
            self._gone(f"error {self.last.rc}")

    def _gone(self, reason: str) -> None:
        """What DeepStream does: its old interface fails, the new one loses what is sent."""
        place = self.login.place
        if not self.login.reconnect:
            raise WorkError(
                f"the connection to the MQTT broker at {place} is lost: {reason}",
                hint="nvmsgbroker new-api=1 makes it again",
            )
        if not self.told:
            self.told = True
            self.login.warn(f"the MQTT broker at {place} is away ({reason}): messages are lost")

    def close(self) -> None:
        self.closing = True
        if self.last is not None and self.lost is None:
            with contextlib.suppress(RuntimeError, ValueError):  # the connection went meanwhile
                self.last.wait_for_publish(FLUSH_S)
        self.client.disconnect()
        self.client.loop_stop()


def _library() -> Any:
    try:
        import paho.mqtt.client as mqtt
    except ImportError:
        raise MissingError(
            "paho-mqtt is not installed", hint="pip install 'train2edge[run]'"
        ) from None
    return mqtt
