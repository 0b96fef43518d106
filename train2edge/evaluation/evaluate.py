"""Scoring a model on labelled pictures, from pixels to a folder of results."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from train2edge.contract import Contract
from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections, write_json_lines, write_kitti
from train2edge.errors import InputError
from train2edge.evaluation.detection_sets import DETECTIONS
from train2edge.evaluation.mistakes import PictureMistakes, examine, totals
from train2edge.evaluation.naming import stem, unique_names
from train2edge.evaluation.predictor import Predictor
from train2edge.evaluation.run import BATCH, decode, raw_outputs
from train2edge.evaluation.scored import Scored
from train2edge.files import write_json
from train2edge.metrics.detection import Counts, DetectionScores, score
from train2edge.progress import track
from train2edge.spec.evaluation import Evaluation

RESULT = "evaluation.json"
KITTI = "kitti"
REPORT = "report.html"


@dataclass(frozen=True, kw_only=True)
class EvaluationReport(Scored):
    """What a model scored on a set of pictures.

    ``scores`` are of all detections above ``pre_cluster``; ``shown`` counts what is left at each
    class's operating threshold, clustered there, as on the device. ``mistakes`` are what is shown
    of every picture.
    """

    scores: DetectionScores
    shown: tuple[Counts, ...]
    mistakes: tuple[PictureMistakes, ...]

    def as_record(self) -> dict[str, Any]:
        """Everything but the detections, as plain JSON values."""
        classes = self.contract.output.classes
        record = self.scores.as_record()
        for one, counts in zip(record["classes"], self.shown, strict=True):
            one["operating"] = counts.as_record()
        return {
            **record,
            "cluster": self.contract.output.cluster,
            "mistakes": totals(self.mistakes, classes),
            **self.about(),
        }

    def write(self, out: Path, *, worst_pictures: int = 12) -> Path:
        """Write the folder ``out``: figures, detections as JSON lines and KITTI, and the page.

        ``evaluation.json`` is written last: where it stands, the folder is whole.
        """
        from train2edge.evaluation.report import page

        _make_room(out)
        classes = self.contract.output.classes
        write_json_lines(self.found, classes, out / DETECTIONS)
        for frame in self.found:
            write_kitti(frame, classes, out / KITTI / f"{stem(frame.name)}.txt")
        page(self, worst_pictures).write(out / REPORT)
        write_json(out / RESULT, self.as_record())
        return out

    def print(self) -> None:
        from train2edge.evaluation.report import print_table

        print_table(self)


def evaluate(
    predictor: Predictor,
    samples: Sequence[Sample],
    settings: Evaluation,
    *,
    split: str = "",
    model: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
    batch_size: int = BATCH,
) -> EvaluationReport:
    """Run ``predictor`` over ``samples`` and score it with its own contract's clustering.

    ``settings`` gives the reading of AP and the IoU of a hit. Raises ``InputError`` for a broken
    picture or when nothing is labelled.
    """
    if not samples:
        raise InputError("no pictures to score")
    contract = predictor.contract
    names = unique_names([sample.image for sample in samples])
    start = time.perf_counter()
    found, visible = _detect(predictor, samples, names, batch_size)
    seconds = time.perf_counter() - start
    classes, mode = contract.output.classes, settings.average_precision
    scores = score(
        zip(samples, found, strict=True), classes, average_precision=mode, iou=settings.iou
    )
    return EvaluationReport(
        contract=contract,
        scores=scores,
        shown=_shown(samples, visible, contract, settings),
        found=tuple(found),
        mistakes=tuple(
            examine(sample, one, settings.iou) for sample, one in zip(samples, visible, strict=True)
        ),
        seconds=seconds,
        split=split,
        model=dict(model or {}),
        provenance=dict(provenance or {}),
    )


def operating(contract: Contract) -> Contract:
    """The same contract at its operating thresholds."""
    return replace(contract, output=contract.output.at_operating_point())


def _detect(
    predictor: Predictor, samples: Sequence[Sample], names: Sequence[str], batch_size: int
) -> tuple[list[FrameDetections], list[FrameDetections]]:
    """Detections for scoring, and those that a person sees; the network runs once."""
    contract, visible = predictor.contract, operating(predictor.contract)
    raws = track(raw_outputs(predictor, samples, contract, batch_size), "evaluate", len(samples))
    pairs = [
        (decode(raw, contract, name), decode(raw, visible, name))
        for raw, name in zip(raws, names, strict=True)
    ]
    return [one for one, _ in pairs], [one for _, one in pairs]


def _shown(
    samples: Sequence[Sample],
    visible: Sequence[FrameDetections],
    contract: Contract,
    settings: Evaluation,
) -> tuple[Counts, ...]:
    scores = score(
        zip(samples, visible, strict=True),
        contract.output.classes,
        average_precision=settings.average_precision,
        iou=settings.iou,
    )
    counts = scores.at([0.0] * len(scores.classes))
    return tuple(
        replace(one, threshold=thresholds.operating)
        for one, thresholds in zip(counts, contract.output.thresholds, strict=True)
    )


def _make_room(out: Path) -> None:
    """Take away what an earlier evaluation wrote, and nothing else."""
    (out / KITTI).mkdir(parents=True, exist_ok=True)
    (out / RESULT).unlink(missing_ok=True)
    for old in (out / KITTI).glob("*.txt"):
        old.unlink()
