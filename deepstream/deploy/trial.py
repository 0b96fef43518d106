"""The trial run of a release: what came of it, by its log and the files that it wrote."""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from deepstream.deploy import log
from train2edge.detections import parse_kitti
from train2edge.errors import WorkError

TIMED_OUT = 124  # timeout(1) had to end it: it ran as long as it was meant to
KITTI = "kitti"
_FRAME = re.compile(r"\d+_(\d+)_\d+\.txt")


@dataclass(frozen=True)
class TrialReport:
    """``frames`` of each stream, by the KITTI files, empty where the app writes none; ``fps`` of
    each by the log's performance lines; ``objects`` by class."""

    seconds: int
    ended: Literal["its input", "the time"]
    frames: tuple[int, ...]
    fps: tuple[float, ...]
    objects: Mapping[str, int]
    files: tuple[str, ...]

    def __str__(self) -> str:
        parts = []
        if self.frames:
            parts.append(f"{sum(self.frames)} frames")
        if self.fps:
            parts.append(", ".join(f"{one:.1f}" for one in self.fps) + " frames/s a stream")
        counts = [f"{name} {count}" for name, count in sorted(self.objects.items())]
        if self.frames:
            parts.append(", ".join(counts) or "no objects")
        return "; ".join(parts) or "ran"


def judge(
    code: str | None, lines: list[str], folder: Path, labels: tuple[str, ...], seconds: int
) -> TrialReport:
    """What the run did; ``folder`` holds what it wrote.

    Raises ``WorkError`` with the log's own lines if it ended by an error, or saw no frame at all.
    """
    if code not in ("0", str(TIMED_OUT)):
        said = log.errors(lines) or tuple(one for one in lines[-log.SHOWN :] if one.strip())
        ended = f"the app ended with exit code {code}" if code else "the app's end was not seen"
        raise WorkError("\n".join([ended, *(f"  {one}" for one in said)]))
    kitti = folder / KITTI
    frames, objects = _counted(kitti, labels)
    fps = log.rates(lines)
    if not sum(frames) and not any(fps):
        said = log.errors(lines)
        message = f"not one frame came out of the app in {seconds} s"
        raise WorkError("\n".join([message, *(f"  {one}" for one in said)]))
    files = tuple(sorted(one.name for one in folder.iterdir()))
    ended = "the time" if code == str(TIMED_OUT) else "its input"
    return TrialReport(seconds, ended, frames, fps, objects, files)  # type: ignore[arg-type]


def _counted(kitti: Path, labels: tuple[str, ...]) -> tuple[tuple[int, ...], dict[str, int]]:
    """Frames by stream and objects by class of a folder of deepstream-app's KITTI files.

    The newest frame of a run that was stopped may be half a file: such a one is not counted.
    """
    frames: Counter[int] = Counter()
    objects: Counter[str] = Counter()
    for path in sorted(kitti.glob("*.txt")):
        named = _FRAME.fullmatch(path.name)
        if named is None:
            continue
        if (text := path.read_bytes()) and not text.endswith(b"\n"):
            continue
        frames[int(named[1])] += 1
        objects.update(labels[int(one)] for one in parse_kitti(path, labels).class_ids)
    streams = max(frames, default=-1) + 1
    return tuple(frames[number] for number in range(streams)), dict(objects)


def unpack(stream: IO[bytes], folder: Path) -> None:
    """Files and folders of a tar stream, and nothing that leads out of ``folder``."""
    try:
        with tarfile.open(fileobj=stream, mode="r|*") as files:
            for one in files:
                path = PurePosixPath(one.name)
                if path.is_absolute() or ".." in path.parts:
                    raise WorkError(f"the device sent a file outside of its folder: {one.name!r}")
                if one.isdir():
                    (folder / path).mkdir(parents=True, exist_ok=True)
                elif one.isfile():
                    _unpack_file(files, one, folder / path)
    except tarfile.TarError as error:
        raise WorkError(f"what the device sent is no tar stream: {error}") from None


def _unpack_file(files: tarfile.TarFile, one: tarfile.TarInfo, path: Path) -> None:
    content = files.extractfile(one)
    assert content is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        while chunk := content.read(1 << 20):
            out.write(chunk)
