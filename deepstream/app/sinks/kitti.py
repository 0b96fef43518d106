"""``kitti[=FOLDER]``: deepstream-app's KITTI files, where the configuration or FOLDER says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deepstream.app import frame as frames
from deepstream.app.frame import Frame
from deepstream.app.sinks import OPTION, Place, Sink, Told
from deepstream.kitti import KittiFolder, Row
from train2edge.errors import InputError

Rows = Callable[[Frame], list[Row]]


@contextmanager
def opened(value: str, place: Place) -> Iterator[Sink]:
    before, after = place.kitti, place.kitti_track
    if value:
        before, after = Path(value) / "kitti", Path(value) / "kitti_track"
    if before is None and after is None:
        hint = "kitti=FOLDER"
        raise InputError("the configuration names no KITTI folder", where=OPTION, hint=hint)
    yield Sink(
        detected=_writer(before, frames.detected),
        finished=_writer(after, frames.tracked),
        files=tuple(one for one in (before, after) if one),
    )


def _writer(folder: Path | None, rows: Rows) -> Told | None:
    if folder is None:
        return None
    files = KittiFolder.emptied(folder)

    def write(frame: Frame) -> None:
        files.write(frame.source, frame.number, rows(frame))

    return write
