from __future__ import annotations

import getpass
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from deepstream.messages.broker import Address, address, settings
from deepstream.messages.brokers import connect
from tests.deepstream.mosquitto import Listener, Mosquitto, free_port
from train2edge.errors import InputError, WorkError

MQTT = "/opt/nvidia/deepstream/deepstream/lib/libnvds_mqtt_proto.so"
KAFKA = "libnvds_kafka_proto.so"


def test_a_connection_string_is_host_port_and_perhaps_a_topic() -> None:
    assert address("localhost;1883", "", "broker") == Address("localhost", 1883)
    assert address("localhost;1883;cars", "", "broker") == Address("localhost", 1883, "cars")
    assert address("localhost;1883;cars", "vans", "broker") == Address("localhost", 1883, "vans")


@pytest.mark.parametrize(
    "text", ["localhost", "localhost:1883", ";1883", "a;b", "a;1;b;c", "a;70000"]
)
def test_other_connection_strings_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="broker: "):
        address(text, "", "broker")


@pytest.mark.parametrize("library", ["libnvds_amqp_proto.so", "libnvds_azure_proto.so", "mqtt"])
def test_other_protocols_are_refused_by_name(library: str) -> None:
    with pytest.raises(InputError, match="libnvds_kafka_proto"):
        connect(library, Address("localhost", 1), None, print, reconnect=False, where="broker")


def test_a_configuration_names_the_line_of_its_mistake(tmp_path: Path) -> None:
    path = tmp_path / "cfg_mqtt.txt"
    path.write_text("[message-broker]\nusername = me\nkeep-alive = soon\n")
    with pytest.raises(InputError, match=r"cfg_mqtt.txt:3: keep-alive: 'soon'"):
        settings(path, {"keep-alive": (5, 65535)})
    path.write_text("[broker]\n")
    with pytest.raises(InputError, match="no group"):
        settings(path, {})


def test_nvidias_configurations_are_read(shared: Path) -> None:
    from deepstream.messages.brokers import kafka, mqtt

    folder = shared / "data/deepstream_configs/msg"
    for name, protocol in (("mqtt", mqtt), ("kafka", kafka)):
        files = sorted(folder.glob(f"*{name}*.txt"))
        assert files
        for file in files:
            settings(file, protocol.NUMBERS)


def test_nobody_there_is_told_with_the_place() -> None:
    port = free_port()
    for library in (MQTT, KAFKA):
        with pytest.raises(WorkError, match=f"localhost:{port}"):
            connect(library, Address("localhost", port), None, print, reconnect=False, where="")


def test_messages_arrive_in_order_and_none_is_lost_at_the_end(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    config = tmp_path / "cfg_mqtt.txt"
    config.write_text("[message-broker]\nusername = user\nclient-id = me\nkeep-alive = 30\n")
    listener = Listener(mosquitto.port, "cars")
    place = Address("localhost", mosquitto.port)
    connection = connect(MQTT, place, config, print, reconnect=False, where="")
    for number in range(20):
        connection.send("cars", b"%d" % number)
    connection.close()
    assert [listener.next() for _ in range(20)] == [b"%d" % number for number in range(20)]
    listener.close()


def test_a_lost_connection_fails_by_the_old_interface(mosquitto: Mosquitto) -> None:
    place = Address("localhost", mosquitto.port)
    connection = connect(MQTT, place, None, print, reconnect=False, where="")
    mosquitto.stop()
    with pytest.raises(WorkError, match="is lost"):
        for _ in range(500):
            connection.send("cars", b"lost")
            time.sleep(0.01)
    connection.close()


def test_a_lost_connection_comes_back_by_the_new_interface(mosquitto: Mosquitto) -> None:
    said: list[str] = []
    place = Address("localhost", mosquitto.port)
    connection = connect(MQTT, place, None, said.append, reconnect=True, where="")
    mosquitto.stop()
    deadline = time.monotonic() + 5
    while not said and time.monotonic() < deadline:
        connection.send("cars", b"lost")
        time.sleep(0.01)
    assert len(said) == 1
    mosquitto.start()
    listener = Listener(mosquitto.port, "cars")
    deadline = time.monotonic() + 10
    while listener.messages.empty() and time.monotonic() < deadline:
        connection.send("cars", b"back")
        time.sleep(0.05)
    assert listener.next() == b"back"
    connection.close()
    listener.close()


def certificate(folder: Path) -> None:
    """``cert.pem`` and ``key.pem`` for localhost, signed by itself."""
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    subprocess.run([*new, *subject, *files], check=True, capture_output=True)


# paho-mqtt leaves the socket of a handshake that failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_behind_tls_wants_its_certificate(mosquitto: Mosquitto, tmp_path: Path) -> None:
    certificate(tmp_path)
    mosquitto.stop()
    (tmp_path / "mosquitto.conf").write_text(
        f"user {getpass.getuser()}\nlistener {mosquitto.port} 127.0.0.1\nallow_anonymous true\n"
        f"certfile {tmp_path / 'cert.pem'}\nkeyfile {tmp_path / 'key.pem'}\n"
    )
    mosquitto.start(tmp_path / "mosquitto.conf")
    place = Address("localhost", mosquitto.port)
    config = tmp_path / "cfg_mqtt.txt"
    config.write_text(f"[message-broker]\nenable-tls=1\ntls-cafile={tmp_path / 'cert.pem'}\n")
    connection = connect(MQTT, place, config, pytest.fail, reconnect=False, where="")
    connection.send("cars", b"safe")
    connection.close()
    config.write_text("[message-broker]\nenable-tls=1\ntls-capath=/etc/ssl/certs\n")
    with pytest.raises(WorkError, match="certificate"):
        connect(MQTT, place, config, pytest.fail, reconnect=False, where="")
    config.write_text("[message-broker]\nenable-tls=1\n")
    with pytest.raises(InputError, match="needs tls-cafile or tls-capath"):
        connect(MQTT, place, config, pytest.fail, reconnect=False, where="")


def old_broker(server: socket.socket) -> None:
    """Hangs up on version 5 and accepts 3.1.1, as brokers of that age do."""
    for _ in range(2):
        client, _ = server.accept()
        version = client.recv(1024)[8]
        if version == 4:
            client.sendall(bytes([0x20, 2, 0, 0]))
            while client.recv(1024):
                pass
        client.close()


def test_a_broker_of_version_3_is_used_and_told_of() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=old_broker, args=(server,))
        thread.start()
        place = Address("127.0.0.1", server.getsockname()[1])
        connect(MQTT, place, None, said.append, reconnect=False, where="").close()
        thread.join(10)
    assert len(said) == 1
    assert "3.1.1" in said[0]


def test_kafka_gets_the_key_that_the_configuration_names(tmp_path: Path) -> None:
    """Against librdkafka's own broker, which speaks the real protocol in this process."""
    import confluent_kafka

    host = confluent_kafka.Producer({"test.mock.num.brokers": 1, "log_level": 0})
    broker = next(iter(host.list_topics(timeout=10).brokers.values()))
    config = tmp_path / "cfg_kafka.txt"
    config.write_text(
        '[message-broker]\npartition-key = sensor.id\nproto-cfg = "message.timeout.ms=5000"\n'
    )
    connection = connect(
        KAFKA, Address(broker.host, broker.port), config, pytest.fail, reconnect=False, where=""
    )
    connection.send("cars", b'{"sensor": {"id": "gate"}}')
    connection.send("cars", b'{"sensor": "gate"}')
    connection.close()
    reader = confluent_kafka.Consumer(
        {
            "bootstrap.servers": f"{broker.host}:{broker.port}",
            "group.id": "test",
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    reader.subscribe(["cars"])
    found: list[confluent_kafka.Message] = []
    deadline = time.monotonic() + 20
    while len(found) < 2 and time.monotonic() < deadline:
        found += reader.consume(2, 0.2)
    keys = sorted((one.key() or b"", one.value()) for one in found)
    reader.close()
    assert keys == [(b"", b'{"sensor": "gate"}'), (b"gate", b'{"sensor": {"id": "gate"}}')]


@pytest.mark.parametrize("text", ["nonsense.key=1", "message.timeout.ms"])
def test_wrong_settings_of_kafka_are_refused(tmp_path: Path, text: str) -> None:
    config = tmp_path / "cfg_kafka.txt"
    config.write_text(f"[message-broker]\nproto-cfg = {text}\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = Address("127.0.0.1", server.getsockname()[1])
        with pytest.raises(InputError, match=r"cfg_kafka\.txt"):
            connect(KAFKA, place, config, print, reconnect=False, where="")
