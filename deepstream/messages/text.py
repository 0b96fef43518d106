"""How messages are written: json-glib's form of JSON, and times in UTC to a millisecond."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any


def to_json(value: dict[str, Any]) -> str:
    """Two spaces a level and ``"name" : value``, as on the device."""
    return json.dumps(value, indent=2, separators=(",", " : "), ensure_ascii=False)


def utc(nanoseconds: int) -> str:
    """``2026-11-25T12:00:00.123Z`` of a time since 1970."""
    seconds, rest = divmod(nanoseconds, 10**9)
    day = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{day:%Y-%m-%dT%H:%M:%S}.{rest // 10**6:03d}Z"
