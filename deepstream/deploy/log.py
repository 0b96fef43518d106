"""What the log of ``deepstream-app``, nvinfer and ``trtexec`` says: rates, and what went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHOWN = 5
# deepstream-app: "** ERROR: <main:700>: ...", "ERROR from src_elem: ..."; nvinfer: "ERROR: ...",
# "Error from NvDsInfer..."; trtexec: "[11/26/2026-09:00:00] [E] ..."; the twin: "Error: ..."
_ERROR = re.compile(r"^\s*(\*\* )?ERROR\b|^Error\b|\] \[E\] |\bError from NvDs", re.IGNORECASE)
_OURS = re.compile(r"_intr_handler|User Interrupted")  # we stopped it ourselves
_PERF = re.compile(r"^\*\*PERF\s*:\s*")
_RATE = re.compile(r"(-?nan|[\d.]+)\s*\((-?nan|[\d.]+)\)")


def errors(lines: Iterable[str]) -> tuple[str, ...]:
    """The first lines that tell of an error, each once."""
    found = (one.strip() for one in lines if _ERROR.search(one) and not _OURS.search(one))
    return tuple(dict.fromkeys(found))[:SHOWN]


def rates(lines: Iterable[str]) -> tuple[float, ...]:
    """Frames a second of every stream, over the whole run, as the last ``**PERF`` line has them."""
    last: tuple[float, ...] = ()
    for one in lines:
        last = _rates(one) or last
    return last


def _rates(line: str) -> tuple[float, ...]:
    """``**PERF:  29.97 (30.01)``, a pair a stream: now, and in brackets since the start."""
    head = _PERF.match(line)
    if head is None:
        return ()
    return tuple(_number(mean) for _, mean in _RATE.findall(line[head.end() :]))


def _number(text: str) -> float:
    return 0.0 if "nan" in text else float(text)


def mean_rate(line: str) -> float | None:
    """Frames a second of a stream in the mean, if this is a ``**PERF`` line with rates."""
    found = _rates(line)
    return sum(found) / len(found) if found else None
