"""Where frames come from: what the user gave, and what deepstream-app is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal
from urllib.parse import urlsplit

from deepstream.settings import check_text
from train2edge.errors import InputError

MEDIA = "media"
LONGEST = 1000  # deepstream_source_yaml.cpp copies 1023 bytes, the folder's path among them
_SCHEMES = {"file", "http", "https", "rtsp", "rtsps"}


@dataclass(frozen=True)
class Source:
    """One stream. A ``copy`` is a local file that is copied into the app as ``uri`` says.

    ``kind`` ``rtsp`` is live; ``uri`` of a copied file is relative to the app's folder.
    """

    kind: Literal["uri", "rtsp"]
    uri: str
    copy: str | None = None

    @property
    def live(self) -> bool:
        return self.kind == "rtsp"

    @property
    def shown(self) -> str:
        """The address without a password."""
        return masked(self.uri)


def masked(text: str) -> str:
    """The text with no user and password in any address of it."""
    return re.sub(r"//[^/\s]*@", "//***@", text)


def plan(inputs: Sequence[str]) -> tuple[Source, ...]:
    """One source an input, in order; ``InputError`` for what DeepStream cannot be told."""
    if not inputs:
        raise InputError(
            "no video to look at",
            where="stream.inputs",
            hint="--input FILE_OR_RTSP_ADDRESS, or stream.inputs in the spec",
        )
    return tuple(_source(number, one) for number, one in enumerate(inputs))


def _source(number: int, given: str) -> Source:
    check_text(given, "input")
    if len(given) > LONGEST:
        raise InputError(f"input of {len(given)} characters: DeepStream keeps {LONGEST}")
    if given.startswith("/dev/") or given.isdecimal():
        node = re.sub(r"\D", "", given) or "0"
        raise InputError(
            f"input {given!r}: a camera at the device itself, which apps are not written for",
            hint="write the app for any video, then on the device in [source0] of app.txt:"
            f" type=1, camera-v4l2-dev-node={node}, camera-width, camera-height, camera-fps-n, -d",
        )
    if "://" not in given:
        return Source("uri", f"file://{MEDIA}/{_safe_name(number, given)}", copy=given)
    scheme = urlsplit(given).scheme.lower()
    if scheme not in _SCHEMES:
        raise InputError(
            f"input {given!r}: DeepStream is not told of {scheme}:// addresses here",
            hint=f"a file, or one of {', '.join(f'{one}://' for one in sorted(_SCHEMES))}",
        )
    for character in " ,\\\"'":
        if character in given:
            raise InputError(
                f"input {given!r} holds {character!r}, which does not survive sources.csv",
                hint=f"write %{ord(character):02X} instead",
            )
    return Source("rtsp" if scheme.startswith("rtsp") else "uri", given)


def _safe_name(number: int, path: str) -> str:
    """A file name that needs no escaping in an address, a settings file or a CSV row."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", PurePath(path).name)
    return f"{number}_{name}"
