"""A pipeline as plain data: elements, links, and what is written beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Value = str | int | bool
Device = Literal["jetson", "gpu"]  # what real DeepStream runs on; a GPU is a discrete one


@dataclass(frozen=True)
class Piece:
    """One element: its factory, its name in the pipeline, its properties.

    ``where`` is the ``file:line`` that asks for it.
    """

    factory: str
    name: str
    properties: Mapping[str, Value] = field(default_factory=dict)
    where: str = ""

    def __str__(self) -> str:
        properties = "".join(f" {key}={_shown(value)}" for key, value in self.properties.items())
        return f"{self.factory} name={self.name}{properties}"


@dataclass(frozen=True)
class Link:
    """``element`` or ``element.pad`` to the same; a ``sometimes`` pad is linked when it comes."""

    source: str
    sink: str


@dataclass(frozen=True)
class RtspOut:
    """The server of ``rtsp://HOST:port/ds-test``, which repeats what comes to ``udp_port``."""

    port: int
    udp_port: int
    encoding: str


@dataclass(frozen=True)
class TwinPlan:
    """A pipeline and what is written beside it.

    ``uris`` are in the order of the mux's pads, ``places`` the ``file:line`` of each. Frames are
    counted behind ``counted``, the last element that all streams share; KITTI files are written
    behind the network and there, as deepstream-app does.
    """

    pieces: tuple[Piece, ...]
    links: tuple[Link, ...]
    uris: tuple[str, ...]
    places: tuple[str, ...]
    counted: str
    kitti: Path | None
    kitti_track: Path | None
    videos: tuple[Path, ...]
    rtsp: tuple[RtspOut, ...]
    perf_interval: int | None
    warnings: tuple[str, ...]

    def describe(self) -> str:
        """As a person would write it for gst-launch, an element and a link a line."""
        links = (f"{link.source} ! {link.sink}" for link in self.links)
        return "\n".join([*(str(piece) for piece in self.pieces), *links])


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return f'"{text}"' if any(one in text for one in " ;,()") else text
