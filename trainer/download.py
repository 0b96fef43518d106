"""A file from a URL, with progress."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from train2edge import progress
from train2edge.errors import MissingError

TIMEOUT = 60  # seconds without a byte
CHUNK = 1 << 20
ELSEWHERE = "name a file in the spec: model.pretrained.file"


def download(url: str, path: Path) -> None:
    """Write what ``url`` gives to ``path``.

    ``MissingError`` where the network does not give it, or not all of it.
    """
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            got, announced = _copy(response, path)
    except (OSError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", error)
        raise MissingError(f"could not be fetched: {reason}", where=url, hint=ELSEWHERE) from None
    if announced and got != announced:
        reason = f"broke off after {got} of {announced} bytes"
        raise MissingError(f"could not be fetched: {reason}", where=url, hint="try again")


def _copy(response: Any, path: Path) -> tuple[int, int]:
    """Bytes that came, and bytes that were announced (0: nothing was)."""
    announced = int(getattr(response, "headers", {}).get("Content-Length") or 0)
    megabytes = max(1, announced // CHUNK)
    got = 0
    with path.open("wb") as out, progress.bar("download", megabytes, "MiB") as bar:
        while chunk := response.read(CHUNK):
            got += out.write(chunk)
            bar.advance()
    return got, announced
