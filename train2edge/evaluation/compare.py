"""Several models, or one model in several places, on the same pictures: scores and agreement.

Training, ONNX, INT8 and the app on the device should say the same of a picture. Scores tell
whether they are as good, agreement tells whether they are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.errors import InputError
from train2edge.evaluation.detection_sets import DetectionSet
from train2edge.files import write_json
from train2edge.metrics.average_precision import Mode
from train2edge.metrics.detection import DetectionScores, score
from train2edge.metrics.matching import match
from train2edge.page import Bar, Cell, Page

IOUS = (0.5, 0.75, 0.9)
FLOOR = 0.3


@dataclass(frozen=True)
class Agreement:
    """How many boxes of ``first`` stand in ``second`` too, of the same class, whatever its score.

    ``boxes``: those of ``first`` with a score of at least the floor. ``matched``: IoU -> fraction
    of them; the means are over those matched at the lowest IoU. ``None`` where there is no box.
    """

    first: str
    second: str
    boxes: int
    matched: dict[float, float | None]
    mean_iou: float | None
    mean_score_difference: float | None

    def as_record(self) -> dict[str, Any]:
        return {**vars(self), "matched": {f"{at:g}": part for at, part in self.matched.items()}}


@dataclass(frozen=True)
class CompareReport:
    """Scores of every set, and agreement of every ordered pair, on ``pictures`` pictures."""

    sets: tuple[DetectionSet, ...]
    scores: tuple[DetectionScores, ...]
    agreements: tuple[Agreement, ...]
    floor: float

    def agreement(self, first: str, second: str) -> Agreement:
        pairs = {(one.first, one.second): one for one in self.agreements}
        return pairs[first, second]

    def as_record(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        return {
            "pictures": self.scores[0].pictures,
            "floor": self.floor,
            "sets": [
                {
                    "label": one.label,
                    "path": str(one.path),
                    "unused_frames": one.unused,
                    **scores.as_record(),
                }
                for one, scores in zip(self.sets, self.scores, strict=True)
            ],
            "agreement": [one.as_record() for one in self.agreements],
        }

    def add_to(self, page: Page) -> Page:
        """Add the tables to a page, as sections."""
        first = self.scores[0]
        page.section(
            "Scores side by side",
            f"{first.pictures} pictures; AP ({first.average_precision}) at an IoU of "
            f"{first.iou:g}, AP50 and AP50:95 as COCO. The difference is to the first row.",
        )
        page.table(["set", *self._score_headers()], self._score_rows())
        page.section(
            "Agreement",
            f"Boxes of the first set with a score of at least {self.floor:g} that stand in the "
            "second too, with the same class, by how closely they fit.",
        )
        return page.table(_AGREEMENT_HEADERS, (_agreement_row(one) for one in self._told()))

    def write(self, out: Path) -> Path:
        """Write ``compare.html`` and ``compare.json`` into the folder ``out``."""
        names = ", ".join(one.label for one in self.sets)
        self.add_to(Page("Comparison", names)).write(out / "compare.html")
        write_json(out / "compare.json", self.as_record())
        return out

    def print(self) -> None:
        """Print both tables."""
        from rich.table import Table

        from train2edge.terminal import console

        out = console()
        for headers, rows in (
            (["set", *self._score_headers()], self._score_rows()),
            (_AGREEMENT_HEADERS, map(_agreement_row, self._told())),
        ):
            table = Table(box=None, header_style="bold", pad_edge=False)
            for header in headers:
                table.add_column(header, justify="left" if header in _WORDS else "right")
            for row in rows:
                table.add_row(*map(_text, row))
            out.print(table)
            out.print()

    def _told(self) -> Iterator[Agreement]:
        """One direction of each pair: of the earlier set in the later one."""
        labels = [one.label for one in self.sets]
        return (self.agreement(first, second) for first, second in combinations(labels, 2))

    def _score_headers(self) -> list[str]:
        classes = [f"{one.name} AP" for one in self.scores[0].classes if one.objects]
        return ["AP", "difference", "AP50", "AP50:95", *classes]

    def _score_rows(self) -> Iterator[list[Cell]]:
        base = self.scores[0].ap
        for one, scores in zip(self.sets, self.scores, strict=True):
            difference = "" if scores is self.scores[0] else f"{scores.ap - base:+.3f}"
            means = (Bar(scores.ap), difference, Bar(scores.ap50), Bar(scores.ap_50_95))
            yield [one.label, *means, *(item.ap for item in scores.classes if item.objects)]


_WORDS = ("set", "first set", "second set")
_AGREEMENT_HEADERS = [
    "first set",
    "second set",
    "boxes",
    *(f"IoU {at:g}" for at in IOUS),
    "mean IoU",
    "score difference",
]


def compare(
    sets: Sequence[DetectionSet],
    samples: Sequence[Sample],
    classes: Sequence[str],
    *,
    average_precision: Mode,
    iou: float = 0.5,
    floor: float = FLOOR,
) -> CompareReport:
    """Score every set against the labels of ``samples`` and against every other set.

    ``floor``: score from which a box must be found in the other set. Raises ``InputError`` when
    there is no set or nothing is labelled.
    """
    if not sets:
        raise InputError("nothing to compare", hint="give LABEL=PATH at least once")
    scores = tuple(
        score(
            zip(samples, one.frames, strict=True),
            classes,
            average_precision=average_precision,
            iou=iou,
        )
        for one in sets
    )
    agreements = tuple(_agreement(one, other, floor) for one, other in permutations(sets, 2))
    return CompareReport(tuple(sets), scores, agreements, floor)


def _agreement(first: DetectionSet, second: DetectionSet, floor: float) -> Agreement:
    found = [_above(one, floor) for one in first.frames]
    matches = [
        match(_as_labels(other), one, IOUS, "coco")
        for one, other in zip(found, second.frames, strict=True)
    ]
    truth = np.concatenate([one.truth for one in matches], axis=1)
    overlaps = np.concatenate([one.overlap[0][one.truth[0] >= 0] for one in matches])
    differences = np.concatenate(
        [
            np.abs(mine.scores[one.truth[0] >= 0] - other.scores[one.truth[0][one.truth[0] >= 0]])
            for mine, other, one in zip(found, second.frames, matches, strict=True)
        ]
    )
    hits = {at: _mean(row >= 0) for at, row in zip(IOUS, truth, strict=True)}
    return Agreement(
        first.label, second.label, truth.shape[1], hits, _mean(overlaps), _mean(differences)
    )


def _above(found: FrameDetections, floor: float) -> FrameDetections:
    rows = found.scores >= floor
    return FrameDetections(found.name, found.boxes[rows], found.scores[rows], found.class_ids[rows])


def _as_labels(found: FrameDetections) -> Sample:
    none = np.zeros(len(found), np.bool_)
    return Sample(Path(found.name), 1, 1, found.boxes, found.class_ids, none)


def _mean(values: NDArray[Any]) -> float | None:
    return float(values.mean()) if values.size else None


def _agreement_row(one: Agreement) -> list[Cell]:
    parts: list[Cell] = [Bar(one.matched[at]) for at in IOUS]
    return [one.first, one.second, one.boxes, *parts, one.mean_iou, one.mean_score_difference]


def _text(cell: Cell) -> str:
    value = cell.value if isinstance(cell, Bar) else cell
    if value is None:
        return "n/a"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
