"""Detections that something wrote for the same pictures: an evaluation, or deepstream-app."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections, parse_kitti, read_json_lines
from train2edge.errors import InputError, Problem, ProblemsError
from train2edge.evaluation.naming import stem, unique_names
from train2edge.film import Fit, Size, read_frames

DETECTIONS = "detections.jsonl"  # of an evaluation folder
DEEPSTREAM_NAME = re.compile(r"\d+_(\d+)_(\d+)")  # deepstream-app: application, stream, frame


@dataclass(frozen=True)
class DetectionSet:
    """``frames``: one for each sample, in the samples' order; ``unused``: frames of none."""

    label: str
    path: Path
    frames: tuple[FrameDetections, ...]
    unused: int = 0


def read_set(
    label: str,
    path: Path,
    samples: Sequence[Sample],
    classes: Sequence[str],
    *,
    frames: Path | None = None,
    film: Size | None = None,
) -> DetectionSet:
    """Read the detections at ``path`` for ``samples``, in pixels of their pictures.

    ``path``: an evaluation folder or its ``detections.jsonl``, or a folder of KITTI files named
    after the pictures or by deepstream-app (``00_000_000042.txt``). ``frames``: the text file of
    lines ``NUMBER NAME`` that says which picture a frame is, needed for deepstream-app's names.
    ``film``: width, height of a film into which pictures of other sizes were fitted, top left;
    it counts for deepstream-app's frames only.
    Raises ``InputError`` for anything else, or when a picture has no entry.
    """
    found = _read(path, samples, classes, frames)
    missing = [sample for row, sample in enumerate(samples) if row not in found]
    if missing:
        raise InputError(
            f"{label}: nothing is written of {len(missing)} of {len(samples)} pictures, "
            f"the first of them {missing[0].name}",
            where=str(path),
            hint="compare what was made from the same pictures: the same --spec and --split",
        )
    taken = [found[row] for row in range(len(samples))]
    if film is not None and frames is not None and _frames_of_film(path, samples):
        fits = [Fit((one.width, one.height), film) for one in samples]
        taken = [
            replace(one, boxes=fit.to_picture(one.boxes))
            for one, fit in zip(taken, fits, strict=True)
        ]
    return DetectionSet(label, path, tuple(taken), len(found) - len(samples))


def parse_named(values: Iterable[str]) -> dict[str, Path]:
    """``LABEL=PATH`` each, in their order; every one that is wrong is told at once."""
    named: dict[str, Path] = {}
    problems = []
    for value in values:
        label, equals, path = value.partition("=")
        if not (label and equals and path):
            problems.append(Problem(value, "expected LABEL=PATH, e.g. trained=eval-trained"))
        elif label in named:
            problems.append(Problem(value, f"a set is called {label!r} already"))
        elif not Path(path).exists():
            problems.append(Problem(value, f"{path} does not exist"))
        named[label] = Path(path)
    if problems:
        raise ProblemsError(problems)
    return named


def _read(
    path: Path, samples: Sequence[Sample], classes: Sequence[str], frames: Path | None
) -> dict[int, FrameDetections]:
    """Row of the sample -> its detections; frames of no sample are under negative keys."""
    lines = path / DETECTIONS if path.is_dir() else path
    if lines.suffix == ".jsonl" and lines.is_file():
        rows = _rows_by_stem(samples)
        records = list(read_json_lines(lines, classes))
        return _filed((rows.get(stem(one.name)), one) for one in records)
    if not path.is_dir():
        raise InputError("neither an evaluation nor a folder of KITTI files", where=str(path))
    return _read_kitti(path, samples, classes, frames)


def _read_kitti(
    folder: Path, samples: Sequence[Sample], classes: Sequence[str], frames: Path | None
) -> dict[int, FrameDetections]:
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise InputError("no KITTI files (*.txt) here", where=str(folder))
    rows = _rows_by_stem(samples)
    if frames is not None and _frames_of_film(folder, samples):
        numbers = _rows_by_number(frames, samples)
        chosen = {file: numbers.get(_frame_number(file)) for file in files}
        _one_stream(files, folder)
    else:
        chosen = {file: rows.get(file.stem) for file in files}
    if all(row is None for row in chosen.values()):
        raise InputError(
            f"{files[0].name} is named after no picture",
            where=str(folder),
            hint="--frames frames.txt, which t2e stream pictures writes beside its video",
        )
    return _filed((row, parse_kitti(file, classes)) for file, row in chosen.items())


def _frames_of_film(path: Path, samples: Sequence[Sample]) -> bool:
    """A folder of KITTI files of which none is named after a picture."""
    rows = _rows_by_stem(samples)
    return (
        path.is_dir()
        and not (path / DETECTIONS).is_file()
        and not any(file.stem in rows for file in path.glob("*.txt"))
    )


def _filed(pairs: Iterable[tuple[int | None, FrameDetections]]) -> dict[int, FrameDetections]:
    found: dict[int, FrameDetections] = {}
    for number, (row, frame) in enumerate(pairs, 1):
        found[-number if row is None else row] = frame
    return found


def _rows_by_stem(samples: Sequence[Sample]) -> dict[str, int]:
    names = unique_names([sample.image for sample in samples])
    return {stem(name): row for row, name in enumerate(names)}


def _rows_by_number(frames: Path, samples: Sequence[Sample]) -> Mapping[int, int | None]:
    """Frame number -> row; by order where the film shows the samples, else by picture name."""
    listed = read_frames(frames)
    names = [sample.name for sample in samples]
    if listed == names:
        return {number: number for number in range(len(names))}
    twice = {name for name in listed if names.count(name) > 1}
    if twice:
        raise InputError(
            f"{min(twice)} is the name of several pictures, and the film has another order",
            where=str(frames),
        )
    rows = {name: row for row, name in enumerate(names)}
    return {number: rows.get(name) for number, name in enumerate(listed)}


def _frame_number(file: Path) -> int:
    parts = DEEPSTREAM_NAME.fullmatch(file.stem)
    if parts is None:
        raise InputError(
            "named neither after a picture nor as deepstream-app does (00_000_000042.txt)",
            where=str(file),
        )
    return int(parts[2])


def _one_stream(files: Sequence[Path], folder: Path) -> None:
    streams = {parts[1] for file in files if (parts := DEEPSTREAM_NAME.fullmatch(file.stem))}
    if len(streams) > 1:
        raise InputError(f"holds {len(streams)} streams, a film is one", where=str(folder))
