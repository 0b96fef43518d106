"""What a detector says of one picture or frame, and the files it is written to.

KITTI files are exactly deepstream-app's: 16 columns (label, three zeros, left top right bottom,
seven zeros, score), ``%f``; with a tracker 17 columns, the object id after the label
(NVIDIA, ``deepstream_app.c``, ``write_kitti_output``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.files import writing

UNTRACKED = 2**64 - 1


@dataclass(frozen=True)
class FrameDetections:
    """The detections of one frame.

    ``boxes`` float32 ``[N, 4]`` left, top, right, bottom in pixels of the frame; ``scores``
    float32 ``[N]``; ``class_ids`` int32 ``[N]``; ``track_ids`` uint64 ``[N]`` or ``None``.
    ``name`` is the picture's file name or the frame's number as text.
    """

    name: str
    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    class_ids: NDArray[np.int32]
    track_ids: NDArray[np.uint64] | None = None

    def __post_init__(self) -> None:
        boxes = np.asarray(self.boxes, np.float32).reshape(-1, 4)
        object.__setattr__(self, "boxes", boxes)
        object.__setattr__(self, "scores", np.asarray(self.scores, np.float32).reshape(-1))
        object.__setattr__(self, "class_ids", np.asarray(self.class_ids, np.int32).reshape(-1))
        if self.track_ids is not None:
            ids = np.asarray(self.track_ids, np.uint64).reshape(-1)
            object.__setattr__(self, "track_ids", ids)
        for field in ("scores", "class_ids", "track_ids"):
            column = getattr(self, field)
            if column is not None and len(column) != len(boxes):
                raise ValueError(f"{self.name}: {len(column)} {field} for {len(boxes)} boxes")

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def empty(cls, name: str) -> FrameDetections:
        none: NDArray[np.float32] = np.zeros(0, np.float32)
        return cls(name, none.reshape(0, 4), none, np.zeros(0, np.int32))


def kitti_lines(frame: FrameDetections, classes: Sequence[str]) -> list[str]:
    """One line a detection as deepstream-app prints it (17 columns if tracked)."""
    lines = []
    for index in range(len(frame)):
        label = classes[int(frame.class_ids[index])]
        track = "" if frame.track_ids is None else f" {int(frame.track_ids[index])}"
        left, top, right, bottom = (float(value) for value in frame.boxes[index])
        lines.append(
            f"{label}{track} 0.0 0 0.0 {left:f} {top:f} {right:f} {bottom:f}"
            f" 0.0 0.0 0.0 0.0 0.0 0.0 0.0 {float(frame.scores[index]):f}"
        )
    return lines


def parse_kitti(path: Path, classes: Sequence[str], *, name: str | None = None) -> FrameDetections:
    """Read a KITTI detection file of 16 or 17 columns; every bad line is told at once."""
    ids = {label: index for index, label in enumerate(classes)}
    rows: list[tuple[int, int, list[float], float]] = []
    problems: list[Problem] = []
    tracked = False
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            if len(words) not in (16, 17):
                raise ValueError(f"{len(words)} columns, KITTI detections have 16 or 17")
            if words[0] not in ids:
                raise ValueError(f"unknown class '{words[0]}', known: {', '.join(classes)}")
            tracked = tracked or len(words) == 17
            track = int(words[1]) if len(words) == 17 else UNTRACKED
            numbers = [float(word) for word in words[-12:]]
            if not np.isfinite(numbers).all():
                raise ValueError("a number is not finite")
            rows.append((ids[words[0]], track, numbers[:4], numbers[-1]))
        except ValueError as error:
            problems.append(Problem(f"{path}:{number}", str(error)))
    if problems:
        raise ProblemsError(problems)
    return FrameDetections(
        name or path.stem,
        np.array([row[2] for row in rows], np.float32),
        np.array([row[3] for row in rows], np.float32),
        np.array([row[0] for row in rows], np.int32),
        np.array([row[1] for row in rows], np.uint64) if tracked else None,
    )


def write_kitti(frame: FrameDetections, classes: Sequence[str], path: Path) -> None:
    path.write_text("".join(f"{line}\n" for line in kitti_lines(frame, classes)))


def write_json_lines(frames: Iterable[FrameDetections], classes: Sequence[str], path: Path) -> None:
    """One JSON object a frame: ``{"frame", "objects": [{"label", "box", "score"[, "id"]}]}``."""
    with writing(path) as out:
        for frame in frames:
            out.write(json.dumps(json_record(frame, classes)) + "\n")


def json_record(frame: FrameDetections, classes: Sequence[str]) -> dict[str, Any]:
    """The frame as one line of JSON lines holds it."""
    return {"frame": frame.name, "objects": _objects(frame, classes)}


def _objects(frame: FrameDetections, classes: Sequence[str]) -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = []
    for index in range(len(frame)):
        one: dict[str, Any] = {
            "label": classes[int(frame.class_ids[index])],
            "box": [float(value) for value in frame.boxes[index]],
            "score": float(frame.scores[index]),
        }
        if frame.track_ids is not None:
            one["id"] = int(frame.track_ids[index])
        objects.append(one)
    return objects


def read_json_lines(path: Path, classes: Sequence[str]) -> Iterator[FrameDetections]:
    """Read what ``write_json_lines`` wrote; ``InputError`` with file:line on anything else."""
    ids = {label: index for index, label in enumerate(classes)}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        try:
            record = json.loads(line)
            objects = record["objects"]
            tracked = bool(objects) and all("id" in one for one in objects)
            yield FrameDetections(
                record["frame"],
                np.array([one["box"] for one in objects], np.float32),
                np.array([one["score"] for one in objects], np.float32),
                np.array([ids[one["label"]] for one in objects], np.int32),
                np.array([one["id"] for one in objects], np.uint64) if tracked else None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"not a detection record: {error!r}", where=f"{path}:{number}"
            ) from None
