"""A message broker, whatever it speaks: where it is, how to log in, and what a connection does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Protocol

from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.settings_file import SettingsFile
from train2edge.settings_file import read as read_file

GROUP = "message-broker"
Warn = Callable[[str], None]


@dataclass(frozen=True)
class Address:
    """``host;port[;topic]``, NVIDIA's connection string."""

    host: str
    port: int
    topic: str | None = None


@dataclass(frozen=True)
class BrokerSettings:
    """``[message-broker]`` of a configuration file; the protocol says which keys there are."""

    path: Path | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def text(self, key: str, default: str = "") -> str:
        return self.values.get(key, "").strip() or default

    def flag(self, key: str) -> bool:
        return self.text(key) == "1"


class Connection(Protocol):
    """An open connection to a broker."""

    def send(self, topic: str, payload: bytes) -> None:
        """Send without waiting; ``WorkError`` if the connection is gone for good."""

    def close(self) -> None:
        """Let what is under way arrive, then go."""


def address(text: str, topic: str, where: str) -> Address:
    """Read a connection string; ``topic`` (the property) comes before that of the string."""
    parts = [one.strip() for one in text.split(";")]
    if not 2 <= len(parts) <= 3 or not parts[0] or not re.fullmatch("[0-9]+", parts[1]):
        raise InputError(f"'{text}' is not host;port or host;port;topic", where=where)
    port = int(parts[1])
    if not 0 < port < 2**16:
        raise InputError(f"'{text}': {port} is not a port", where=where)
    named = topic.strip() or (parts[2] if len(parts) == 3 else "")
    return Address(parts[0], port, named or None)


def protocol_of(library: str, known: tuple[str, ...], where: str) -> str:
    """``mqtt`` of ``/opt/nvidia/.../libnvds_mqtt_proto.so``; one message for all others."""
    match = re.fullmatch(r"libnvds_(\w+)_proto\.so", PurePath(library).name)
    if match and match[1] in known:
        return match[1]
    offered = ", ".join(f"libnvds_{one}_proto.so" for one in known)
    raise InputError(
        f"the CPU twin has no counterpart of '{library}'", where=where, hint=f"it has {offered}"
    )


def settings(path: Path | None, numbers: Mapping[str, tuple[int, int]]) -> BrokerSettings:
    """Read ``path``; ``numbers``: the keys that want a whole number, with its least and most."""
    if path is None:
        return BrokerSettings()
    file = read_file(path)
    if GROUP not in file.sections:
        raise InputError(f"has no group [{GROUP}]", where=str(path))
    problems = [one for key, span in numbers.items() if (one := _number(file, key, *span))]
    if problems:
        raise ProblemsError(problems)
    return BrokerSettings(path, file.values()[GROUP])


def _number(file: SettingsFile, key: str, least: int, most: int) -> Problem | None:
    text = file.get(GROUP, key)
    if not text or (re.fullmatch("[0-9]+", text) and least <= int(text) <= most):
        return None
    message = f"{key}: '{text}' is not a whole number from {least} to {most}"
    return Problem(file.where(GROUP, key), message)
