"""An engine that is built on the device by the app's own command, and when it can be kept.

An engine runs only on the TensorRT and the GPU that built it. It is kept under a key of all that
decides it, so that a key that fits is an engine that fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from deepstream.deploy.device import Device

Made = Literal["built", "kept"]


@dataclass(frozen=True)
class EngineBuild:
    """``command`` is run inside the release; ``reads`` are its files' digests."""

    engine: str
    command: tuple[str, ...]
    reads: tuple[str, ...]

    @classmethod
    def of(cls, record: Mapping[str, Any], digests: Mapping[str, str]) -> EngineBuild:
        """As ``app.json`` has it; ``digests`` are those of the app's files by their paths."""
        reads = tuple(digests.get(one, "") for one in record["reads"])
        return cls(record["engine"], tuple(record["command"]), reads)

    def on(self, device: Device) -> tuple[str, ...]:
        """The command with the device's own ``trtexec``."""
        return (device.trtexec or self.command[0], *self.command[1:])

    def key(self, device: Device) -> str | None:
        """sha256 of everything that decides the engine; ``None`` where some of it is unknown."""
        decides = (device.tensorrt, device.model or device.gpu)
        if None in decides:
            return None
        record = {**asdict(self), "on": [*decides, device.l4t, device.cuda, device.machine]}
        record["command"] = record["command"][1:]
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class EngineReport:
    """``seconds`` it took; ``log`` is the builder's own, where it was fetched."""

    engine: str
    made: Made
    seconds: float
    log: str | None = None
