"""The report of a classifier's evaluation: figures, confusion, what was named wrongly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from train2edge.datasets.picture import read_picture
from train2edge.errors import MissingError
from train2edge.evaluation.drawing import Canvas, Picture, encode_jpeg
from train2edge.evaluation.plots import confusion
from train2edge.evaluation.report import contract_section, engine_note, provenance_section
from train2edge.metrics.classification import NONE, ClassificationScores
from train2edge.page import Bar, Card, Cell, Page

if TYPE_CHECKING:
    from train2edge.evaluation.classify import ClassificationReport, Mistake

UNNAMED = "no name"
AROUND = 0.25  # of an object's sides, shown around it


def page(report: ClassificationReport, worst_pictures: int = 12) -> Page:
    """The page of ``report``, with at most ``worst_pictures`` objects drawn."""
    model = str(report.model.get("path", "model"))
    objects = f"{report.scores.objects} {report.split} objects".replace("  ", " ")
    result = Page(f"Evaluation of {model}", f"on {objects}")
    _scores(result, report)
    _confusion(result, report.scores)
    _worst(result, report, worst_pictures)
    contract_section(result, report.contract)
    provenance_section(result, report.contract, {**report.model, **report.provenance})
    return result


def tables(scores: ClassificationScores) -> None:
    """Print the rates by class and the confusion matrix."""
    from rich.table import Table

    from train2edge.terminal import console

    out = console()
    for headers, rows in (
        (_RATES, list(_class_rows(scores))),
        (_matrix_headers(scores), list(_matrix_rows(scores))),
    ):
        table = Table(box=None, header_style="bold", pad_edge=False)
        for header in headers:
            table.add_column(header, justify="left" if header == headers[0] else "right")
        for row in rows:
            table.add_row(*map(_text, row))
        out.print(table)
        out.print()
    out.print(
        f"top-1 {scores.top1:.3f}, mean recall {scores.mean_recall:.3f} of {scores.objects} "
        f"objects; {scores.unnamed} without a name at threshold {scores.threshold:g}",
        highlight=False,
        soft_wrap=True,
    )


_RATES = ["class", "objects", "named so", "right", "precision", "recall", "F1"]


def _scores(result: Page, report: ClassificationReport) -> None:
    scores = report.scores
    result.section(
        "Scores",
        "Top-1 counts every first guess. Precision, recall and the matrix are at nvinfer's "
        f"classifier-threshold of {scores.threshold:g}: an object whose best score is not above "
        "it gets no name.",
    )
    result.cards(
        [
            Card("top-1", f"{scores.top1:.3f}", f"of {scores.objects} objects"),
            Card("named rightly", f"{scores.accuracy:.3f}", "at the threshold"),
            Card("mean recall", f"{scores.mean_recall:.3f}", "each class counts alike"),
            Card("no name", f"{scores.unnamed}", "at the threshold"),
            Card("speed", f"{report.pictures_per_second:.1f}/s", engine_note(report.model)),
        ]
    )
    result.table(_RATES, _class_rows(scores))


def _class_rows(scores: ClassificationScores) -> Iterator[list[Cell]]:
    for one in scores.classes:
        rates = (Bar(one.precision), Bar(one.recall), Bar(one.f1))
        yield [one.name, one.objects, one.predicted, one.right, *rates]


def _confusion(result: Page, scores: ClassificationScores) -> None:
    result.section("Confusion", "Rows are what an object is, columns what it was called.")
    try:
        result.figure(confusion(scores, UNNAMED))
    except MissingError as error:
        result.text(f"Not drawn: {error.message}.")
    result.table(_matrix_headers(scores), _matrix_rows(scores))


def _matrix_headers(scores: ClassificationScores) -> list[str]:
    return ["is, called", *scores.names, UNNAMED]


def _matrix_rows(scores: ClassificationScores) -> Iterator[list[Cell]]:
    for name, row in zip(scores.names, scores.confusion, strict=True):
        yield [name, *(int(value) for value in row)]


def _worst(result: Page, report: ClassificationReport, count: int) -> None:
    shown = report.mistakes[:count]
    if not shown:
        return
    result.section(
        "Mistakes", "The surest first, then those without a name; what the network saw, in a frame."
    )
    classes = report.contract.output.classes
    result.gallery((encode_jpeg(_drawn(one)), _caption(one, classes)) for one in shown)


def _drawn(one: Mistake) -> Picture:
    """The object with a little of what is around it."""
    picture = read_picture(one.sample.image)
    left, top, right, bottom = one.sample.boxes[0]
    across, down = AROUND * (right - left), AROUND * (bottom - top)
    low = np.maximum([left - across, top - down], 0).astype(int)
    high = np.ceil([right + across, bottom + down]).astype(int)
    canvas = Canvas.of(picture[low[1] : high[1], low[0] : high[0]], smallest=240)
    canvas.box(one.sample.boxes[0] - np.tile(low, 2), (255, 163, 0))
    return canvas.picture


def _caption(one: Mistake, classes: Sequence[str]) -> str:
    truth = classes[int(one.sample.class_ids[0])]
    said = "no name" if one.said == NONE else f"called {classes[one.said]}"
    return f"{one.name}: {truth}, {said} ({one.confidence:.2f})"


def _text(cell: Cell) -> str:
    value = cell.value if isinstance(cell, Bar) else cell
    if value is None:
        return "n/a"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
