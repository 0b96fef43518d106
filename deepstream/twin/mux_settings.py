"""The file that the new ``nvstreammux`` reads: how batches are made of frames of several rates.

Keys and defaults: NVIDIA, ``MuxConfigParser`` (DeepStream 9) and "Gst-nvstreammux New" of the
plugin manual. ``[property]`` holds for the whole mux, ``[source-config-N]`` for pad N.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from train2edge import settings_file
from train2edge.errors import InputError, Problem, ProblemsError

PROPERTY, SOURCE = "property", "source-config-"
_KNOWN = frozenset(
    "algorithm-type batch-size adaptive-batching max-fps-control enable-source-rate-control "  # noqa: SIM905
    "overall-max-fps-n overall-max-fps-d overall-min-fps-n overall-min-fps-d "
    "max-same-source-frames".split()
)
_KNOWN_SOURCE = frozenset(
    "max-fps-n max-fps-d min-fps-n min-fps-d priority max-num-frames-per-batch".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class SourceRate:
    """One pad: frames a second at most, and frames in one batch at most."""

    max_fps: Fraction = Fraction(60)
    frames_per_batch: int = 1


@dataclass(frozen=True)
class MuxSettings:
    """``adaptive``: a batch has a frame of each source that has not ended, whatever its size.

    ``min_fps``: an unfinished batch of live sources is pushed after ``1 / min_fps`` seconds.
    ``max_fps`` holds where ``control_max_fps`` is on, the sources' where ``control_sources`` is.
    """

    batch_size: int = 0
    adaptive: bool = True
    control_max_fps: bool = False
    control_sources: bool = False
    max_fps: Fraction = Fraction(120)
    min_fps: Fraction = Fraction(5)
    same_source_frames: int = 1
    sources: Mapping[int, SourceRate] = field(default_factory=dict)

    def of_source(self, index: int) -> SourceRate:
        return self.sources.get(index, SourceRate(frames_per_batch=self.same_source_frames))

    def frames_of(self, index: int) -> int:
        """The frames of source ``index`` in one batch at most."""
        return max(self.same_source_frames, self.of_source(index).frames_per_batch)


def read(path: Path) -> MuxSettings:
    """Read ``path``; every unknown key and every wrong number is told at once, with its line."""
    if not Path(path).is_file():
        raise InputError("no such file", where=str(path))
    return _Reader(settings_file.read(Path(path))).settings()


class _Reader:
    def __init__(self, file: settings_file.SettingsFile) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def settings(self) -> MuxSettings:
        default = MuxSettings()
        settings = MuxSettings(
            batch_size=self._number(PROPERTY, "batch-size", 0, 0),
            adaptive=bool(self._number(PROPERTY, "adaptive-batching", 1, 0)),
            control_max_fps=bool(self._number(PROPERTY, "max-fps-control", 0, 0)),
            control_sources=bool(self._number(PROPERTY, "enable-source-rate-control", 0, 0)),
            max_fps=self._rate(PROPERTY, "overall-max-fps", default.max_fps),
            min_fps=self._rate(PROPERTY, "overall-min-fps", default.min_fps),
            same_source_frames=self._number(PROPERTY, "max-same-source-frames", 1, 1),
            sources=dict(self._sources()),
        )
        self._check_keys()
        if settings.max_fps < settings.min_fps:
            message = f"overall-max-fps {settings.max_fps} is below overall-min-fps"
            self.problems.append(Problem(str(self.file.path), f"{message} {settings.min_fps}"))
        if self.problems:
            raise ProblemsError(self.problems)
        return settings

    def _sources(self) -> list[tuple[int, SourceRate]]:
        names = [name for name in self.file.sections if _number_of(name) is not None]
        return [(_number_of(name) or 0, self._source(name)) for name in names]

    def _source(self, name: str) -> SourceRate:
        default = SourceRate()
        return SourceRate(
            max_fps=self._rate(name, "max-fps", default.max_fps),
            frames_per_batch=self._number(name, "max-num-frames-per-batch", 1, 1),
        )

    def _rate(self, group: str, stem: str, default: Fraction) -> Fraction:
        top = self._number(group, f"{stem}-n", default.numerator, 1)
        return Fraction(top, self._number(group, f"{stem}-d", default.denominator, 1))

    def _number(self, group: str, key: str, default: int, least: int) -> int:
        entry = self.file.sections.get(group, {}).get(key)
        if entry is None:
            return default
        try:
            value = int(entry.value.split()[0])
        except (ValueError, IndexError):
            value = least - 1
        if value < least:
            message = f"{key}={entry.value}: must be a whole number, at least {least}"
            self.problems.append(Problem(f"{self.file.path}:{entry.line}", message))
            return default
        return value

    def _check_keys(self) -> None:
        for name, keys in self.file.sections.items():
            known = _known_keys(name)
            for key, entry in keys.items():
                if key not in known:
                    place = f"{self.file.path}:{entry.line}"
                    self.problems.append(Problem(place, f"unknown key '{key}' in [{name}]"))


def _known_keys(group: str) -> frozenset[str]:
    if group == PROPERTY:
        return _KNOWN
    return _KNOWN_SOURCE if _number_of(group) is not None else frozenset()


def _number_of(group: str) -> int | None:
    digits = group.removeprefix(SOURCE)
    return int(digits) if group.startswith(SOURCE) and digits.isdecimal() else None
