"""Scoring a classifier on labelled objects, from pixels to a folder of results."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import Contract
from train2edge.datasets.crops import class_ids
from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections, write_json_lines
from train2edge.errors import InputError
from train2edge.evaluation.detection_sets import DETECTIONS
from train2edge.evaluation.evaluate import REPORT, RESULT
from train2edge.evaluation.naming import unique_names
from train2edge.evaluation.predictor import Predictor
from train2edge.evaluation.run import BATCH, Raw, decode, raw_outputs
from train2edge.evaluation.scored import Scored
from train2edge.files import write_json
from train2edge.metrics.classification import NONE, ClassificationScores, best_threshold, score
from train2edge.progress import track
from train2edge.spec.evaluation import Evaluation


@dataclass(frozen=True)
class Guesses:
    """The first guess on each of ``N`` samples: class int32 ``[N]`` (``NONE``), its score."""

    frames: tuple[FrameDetections, ...]
    class_ids: NDArray[np.int32]
    confidences: NDArray[np.float32]

    def first(self, count: int) -> Guesses:
        """Those on the first ``count`` samples."""
        return Guesses(self.frames[:count], self.class_ids[:count], self.confidences[:count])


@dataclass(frozen=True)
class Mistake:
    """A sample that was named wrongly, or not at all (``said`` is ``NONE``)."""

    name: str
    sample: Sample
    said: int
    confidence: float


@dataclass(frozen=True, kw_only=True)
class ClassificationReport(Scored):
    """What a classifier scored on a set of objects, at its contract's threshold.

    ``found`` is its guess on every sample.
    """

    scores: ClassificationScores
    mistakes: tuple[Mistake, ...]

    def as_record(self) -> dict[str, Any]:
        """Everything but the guesses, as plain JSON values."""
        return {
            **self.scores.as_record(),
            "objects": self.scores.objects,
            **self.about(),
        }

    def write(self, out: Path, *, worst_pictures: int = 12) -> Path:
        """Write the folder ``out``: figures, guesses as JSON lines, and the page.

        ``evaluation.json`` is written last: where it stands, the folder is whole.
        """
        from train2edge.evaluation.classification_report import page

        out.mkdir(parents=True, exist_ok=True)
        (out / RESULT).unlink(missing_ok=True)
        write_json_lines(self.found, self.contract.output.classes, out / DETECTIONS)
        page(self, worst_pictures).write(out / REPORT)
        write_json(out / RESULT, self.as_record())
        return out

    def print(self) -> None:
        from train2edge.evaluation.classification_report import tables

        tables(self.scores)


def evaluate(
    predictor: Predictor,
    samples: Sequence[Sample],
    settings: Evaluation,
    *,
    split: str = "",
    model: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
    batch_size: int = BATCH,
) -> ClassificationReport:
    """Run ``predictor`` over ``samples``, one object each, and score it as nvinfer would name them.

    Raises ``InputError`` for a broken picture or when there is none.
    """
    if not samples:
        raise InputError("no objects to score")
    contract = predictor.contract
    start = time.perf_counter()
    raws = raw_outputs(predictor, samples, contract, batch_size)
    guesses = guess(track(raws, "evaluate", len(samples)), contract, samples)
    seconds = time.perf_counter() - start
    return ClassificationReport(
        contract=contract,
        scores=scores_of(guesses, samples, contract),
        found=guesses.frames,
        mistakes=tuple(_mistakes(guesses, samples, contract)),
        seconds=seconds,
        split=split,
        model=dict(model or {}),
        provenance=dict(provenance or {}),
    )


def guess(raws: Iterator[Raw], contract: Contract, samples: Sequence[Sample]) -> Guesses:
    """The first guess on every sample, whatever its score."""
    names = unique_names([sample.image for sample in samples])
    open_to_all = with_threshold(contract, 0.0)
    frames = tuple(decode(raw, open_to_all, name) for raw, name in zip(raws, names, strict=True))
    return Guesses(
        frames,
        np.array([one.class_ids[0] if len(one) else NONE for one in frames], np.int32),
        np.array([one.scores[0] if len(one) else 0.0 for one in frames], np.float32),
    )


def scores_of(
    guesses: Guesses, samples: Sequence[Sample], contract: Contract
) -> ClassificationScores:
    """The scores of ``guesses`` at the contract's threshold."""
    output = contract.output
    return score(
        class_ids(samples),
        guesses.class_ids,
        guesses.confidences,
        output.classes,
        output.classifier_threshold,
    )


def choose(
    raws: Iterator[Raw], contract: Contract, samples: Sequence[Sample], settings: Evaluation
) -> Contract:
    """The contract with nvinfer's classifier-threshold: the given one, or that of the best F1."""
    if settings.classifier_threshold != "auto":
        return with_threshold(contract, settings.classifier_threshold)
    found = guess(raws, contract, samples)
    best = best_threshold(class_ids(samples), found.class_ids, found.confidences)
    return with_threshold(contract, best)


def with_threshold(contract: Contract, threshold: float) -> Contract:
    output = replace(contract.output, classifier_threshold=threshold)
    return replace(contract, output=output)


def _mistakes(guesses: Guesses, samples: Sequence[Sample], contract: Contract) -> Iterator[Mistake]:
    """Those that were named wrongly first, the surest of them first; then those without a name."""
    threshold = contract.output.classifier_threshold
    wrong = guesses.class_ids != class_ids(samples)
    unnamed = ~(guesses.confidences > threshold) | (guesses.class_ids == NONE)
    order = np.lexsort((-guesses.confidences, unnamed))
    for row in order:
        if wrong[row] or unnamed[row]:
            said = NONE if unnamed[row] else int(guesses.class_ids[row])
            confidence = float(guesses.confidences[row])
            yield Mistake(guesses.frames[row].name, samples[row], said, confidence)
