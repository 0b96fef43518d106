"""The INT8 lane for TensorRT 7 to 10: the calibration cache that TensorRT's calibrators write.

Text. First line ``TRT-<version>-<algorithm>``; then ``tensor: hex``, the big-endian float32 of the
scale ``threshold / 127`` in 8 hexadecimal digits. nvinfer reads only ``EntropyCalibration2``: its
calibrator class implements that interface, whichever method chose the ranges.

Read are the caches of any TensorRT and of other writers: no leading zeros, names with blanks,
colons and brackets, zero scales (a tensor that was always zero), TensorRT 5's header, CRLF.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from train2edge.calibration.ranges import LEVELS
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.files import write_text

ALGORITHM = "EntropyCalibration2"
_HEADER = re.compile(r"TRT-(\d+)-(\w+)")
_OLD_HEADER = "1"  # TensorRT 5 and older wrote no algorithm


@dataclass(frozen=True)
class CalibrationCache:
    """Scales by tensor name, in the file's order; ``version`` as ``tensorrt.number`` gives it."""

    scales: Mapping[str, float]
    version: int | None
    algorithm: str = ALGORITHM

    @classmethod
    def of(cls, thresholds: Mapping[str, float], version: int) -> CalibrationCache:
        return cls({name: one / LEVELS for name, one in thresholds.items()}, version)

    def for_version(self, version: int) -> CalibrationCache:
        """The same scales for another TensorRT, which may refuse a header that is not its own."""
        return replace(self, version=version, algorithm=ALGORITHM)

    @property
    def header(self) -> str:
        if self.version is None:
            return _OLD_HEADER
        return f"TRT-{self.version}-{self.algorithm}"

    @property
    def digest(self) -> str:
        """sha256 of names and scales: the same whichever TensorRT the first line names."""
        return hashlib.sha256("\n".join(self._rows()).encode()).hexdigest()

    def text(self) -> str:
        for name, scale in self.scales.items():
            if not name or "\n" in name or not math.isfinite(scale) or scale < 0:
                raise ValueError(f"{name!r}: {scale} cannot stand in a calibration cache")
        return "\n".join([self.header, *self._rows()]) + "\n"

    def write(self, path: Path) -> None:
        write_text(path, self.text())

    def _rows(self) -> list[str]:
        return [f"{name}: {to_hex(scale)}" for name, scale in self.scales.items()]


def to_hex(scale: float) -> str:
    return struct.pack(">f", scale).hex()


def from_hex(text: str) -> float:
    """Leading zeros may be missing: some writers print the number with Python's ``hex``."""
    digits = re.fullmatch(r"(?:0x)?([0-9a-fA-F]{1,8})", text)
    if not digits:
        raise ValueError(f"'{text}' is not a float32 in up to 8 hexadecimal digits")
    value: float = struct.unpack(">f", bytes.fromhex(digits[1].zfill(8)))[0]
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"'{text}' is {value}, not a scale")
    return value


def read(path: Path) -> CalibrationCache:
    """Read a cache of any TensorRT; every line that is none is told at once, with its number."""
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"not a calibration cache: {error}", where=str(path)) from None
    # not splitlines(): a tensor's name may hold a form feed or another of Unicode's line ends
    first, *lines = [line.removesuffix("\r") for line in text.split("\n")]
    version, algorithm = _header(first, path)
    return CalibrationCache(_rows(lines, path), version, algorithm)


def _header(line: str, path: Path) -> tuple[int | None, str]:
    match = _HEADER.fullmatch(line.strip())
    if match:
        return int(match[1]), match[2]
    if line.strip() == _OLD_HEADER:
        return None, ""
    raise InputError(
        f"first line {line[:60]!r} is no calibration cache's",
        where=f"{path}:1",
        hint=f"it reads like TRT-8601-{ALGORITHM}",
    )


def _rows(lines: list[str], path: Path) -> dict[str, float]:
    scales: dict[str, float] = {}
    problems = []
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        try:
            name, scale = _row(line)
            if scales.setdefault(name, scale) != scale:
                raise ValueError(f"'{name}' has another scale further up")
        except ValueError as error:
            problems.append(Problem(f"{path}:{number}", str(error)))
    if problems:
        raise ProblemsError(problems)
    return scales


def _row(line: str) -> tuple[str, float]:
    """Names may hold ``:`` and blanks themselves, so the last colon divides."""
    name, colon, value = line.rpartition(":")
    if not colon or not name:
        raise ValueError(f"{line[:60]!r} is not 'tensor: hex'")
    return name, from_hex(value.strip())
