"""KITTI labels: a text file a picture, one object a line, 15 fields (16 with a score).

``label truncation occlusion alpha left top right bottom h w l x y z rotation [score]``. Only the
label, truncation, occlusion and the box are used. ``DontCare`` regions are ignored, not learned.
Source: the KITTI object development kit's readme; TLT asks for the same 15 fields.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from train2edge.datasets.folder import read_folder, read_text
from train2edge.datasets.reading import DONT_CARE, LabelledBox, LabelledPicture, Reading
from train2edge.errors import Problem
from train2edge.spec.dataset import Source


def read(source: Source, names: Sequence[str]) -> Reading:
    """Read pictures and KITTI label files of the same names."""
    return read_folder(source, ".txt", _parse)


def line(one: LabelledBox) -> str:
    """One object as 15 fields; what is ignored becomes ``DontCare``."""
    label = DONT_CARE if one.ignore else one.label
    left, top, right, bottom = one.box
    return (
        f"{label} {one.truncated:.2f} {one.occluded} 0.00 "
        f"{left:.2f} {top:.2f} {right:.2f} {bottom:.2f} 0.00 0.00 0.00 0.00 0.00 0.00 0.00"
    )


def write(pictures: Sequence[LabelledPicture], folder: Path, names: Sequence[str]) -> int:
    """Write ``labels/<key>.txt`` for each picture; KITTI can say every box (returns 0)."""
    for picture in pictures:
        path = folder / "labels" / f"{picture.key}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line(one)}\n" for one in picture.objects))
    return 0


def _parse(
    path: Path, size: tuple[int, int], problems: list[Problem]
) -> tuple[list[LabelledBox], None]:
    objects = []
    for number, text in enumerate(read_text(path, problems).splitlines(), 1):
        if not text.strip():
            continue
        try:
            objects.append(_object(text.split(), f"{path}:{number}"))
        except ValueError as error:
            problems.append(Problem(f"{path}:{number}", str(error)))
    return objects, None


def _object(words: list[str], where: str) -> LabelledBox:
    if len(words) not in (15, 16):
        raise ValueError(
            f"{len(words)} fields, KITTI labels have 15 (label, 14 numbers) or 16 with a score; "
            "labels are one word"
        )
    numbers = [_number(word, index) for index, word in enumerate(words[1:], 2)]
    left, top, right, bottom = numbers[3:7]
    dont_care = words[0].lower() == DONT_CARE.lower()
    return LabelledBox(
        DONT_CARE if dont_care else words[0],
        (left, top, right, bottom),
        where,
        ignore=dont_care,
        truncated=numbers[0],
        occluded=int(numbers[1]),
    )


def _number(word: str, field: int) -> float:
    try:
        number = float(word)
    except ValueError:
        raise ValueError(f"field {field} is '{word}', a number is wanted") from None
    if not math.isfinite(number):
        raise ValueError(f"field {field} is '{word}', a finite number is wanted")
    return number
