"""One protocol a file, by the name in NVIDIA's library: ``libnvds_mqtt_proto.so`` is ``mqtt``."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from deepstream.messages import broker
from deepstream.messages.broker import Address, BrokerSettings, Connection, Warn

NAMES = ("kafka", "mqtt")


def connect(
    library: str, address: Address, config: Path | None, warn: Warn, *, reconnect: bool, where: str
) -> Connection:
    """Connect to the broker at ``address`` with what stands in for NVIDIA's ``library``.

    ``reconnect``: a lost connection is made again and what is sent meanwhile is lost, with a
    warning; otherwise sending fails. ``InputError`` for a library that has no counterpart here,
    ``WorkError`` if nobody answers.
    """
    protocol, settings = _protocol(library, config, where)
    connection: Connection = protocol.connect(address, settings, warn, reconnect=reconnect)
    return connection


def check(library: str, config: Path | None, where: str) -> None:
    """``InputError`` for what ``connect`` would refuse before it asks anybody."""
    _protocol(library, config, where)


def _protocol(library: str, config: Path | None, where: str) -> tuple[Any, BrokerSettings]:
    name = broker.protocol_of(library, NAMES, where)
    protocol = importlib.import_module(f"{__name__}.{name}")
    return protocol, broker.settings(config, protocol.NUMBERS)
