"""How long it takes to read a labelled folder and to score an epoch's detections.

    python benchmarks/data_and_scores.py FOLDER [--rounds 5]

FOLDER is one that ``t2e go --data`` understands. Scores are of its own boxes, shaken, so that every
object has a detection and every second one a false twin. Prints median seconds of CPU time.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from train2edge.datasets.layout import recognise
from train2edge.datasets.load import load
from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections
from train2edge.metrics.detection import score
from train2edge.spec.dataset import Dataset


def shaken(sample: Sample, random: np.random.Generator) -> FrameDetections:
    """The sample's objects as detections: moved a little, some twice, with random scores."""
    twice = np.concatenate([sample.boxes, sample.boxes[::2] + 40])
    boxes = twice + random.normal(0, 3, twice.shape)
    ids = np.concatenate([sample.class_ids, sample.class_ids[::2]])
    scores = random.uniform(0, 1, len(ids)).astype(np.float32)
    return FrameDetections(sample.name, boxes.astype(np.float32), scores, ids)


def median(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    dataset = Dataset.model_validate(recognise(options.folder).dataset)
    splits = load(dataset)
    random = np.random.default_rng(0)
    pairs = [(one, shaken(one, random)) for one in splits.train]
    boxes = sum(len(found) for _, found in pairs)
    pictures = len(splits.train) + len(splits.validation) + len(splits.test)
    read = median(lambda: load(dataset), options.rounds)
    judged = median(lambda: score(pairs, dataset.classes, average_precision="coco"), options.rounds)
    print(f"read {pictures} pictures and labels   {read:.3f} s")
    print(f"score {boxes} boxes on {len(pairs)} pictures   {judged:.3f} s")


if __name__ == "__main__":
    main()
