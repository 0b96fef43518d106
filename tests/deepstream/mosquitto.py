"""A real MQTT broker on the loopback, and somebody who listens."""

from __future__ import annotations

import json
import os
import queue
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any


def program() -> str | None:
    """Debian keeps it where only root looks."""
    return shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Mosquitto:
    """``port`` stays the same over stops and starts."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, config: Path | None = None) -> None:
        """Without ``config`` it takes everybody on the loopback."""
        options = ["-c", str(config)] if config else ["-p", str(self.port)]
        self.process = subprocess.Popen(
            [program() or "mosquitto", *options],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise TimeoutError("mosquitto does not listen")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None


class Listener:
    """Keeps what arrives under ``topic``."""

    def __init__(self, port: int, topic: str) -> None:
        import paho.mqtt.client as mqtt

        self.messages: queue.Queue[bytes] = queue.Queue()
        subscribed: queue.Queue[bool] = queue.Queue()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.client.on_message = lambda _c, _d, message: self.messages.put(message.payload)
        self.client.on_subscribe = lambda *_: subscribed.put(True)
        self.client.connect("127.0.0.1", port)
        self.client.subscribe(topic)
        self.client.loop_start()
        subscribed.get(timeout=10)

    def next(self, timeout: float = 10) -> bytes:
        return self.messages.get(timeout=timeout)

    def json(self) -> Any:
        return json.loads(self.next())

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
