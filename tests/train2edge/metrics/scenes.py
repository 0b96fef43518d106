"""Labelled pictures and detections for tests, made at random but always the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from train2edge.datasets.sample import Sample
from train2edge.detections import FrameDetections

Pair = tuple[Sample, FrameDetections]


def sample(boxes: object, class_ids: object, ignore: object = None, name: str = "a.jpg") -> Sample:
    ids = np.asarray(class_ids, np.int32)
    flags = np.zeros(len(ids), bool) if ignore is None else np.asarray(ignore, bool)
    return Sample(Path(name), 640, 480, np.asarray(boxes, np.float32), ids, flags)


def found(boxes: object, scores: object, class_ids: object, name: str = "a.jpg") -> FrameDetections:
    return FrameDetections(
        name,
        np.asarray(boxes, np.float32),
        np.asarray(scores, np.float32),
        np.asarray(class_ids, np.int32),
    )


def random_pair(rng: np.random.Generator, classes: int, detections: int, name: str) -> Pair:
    """A crowded picture: objects that overlap, near and far detections, scores that are equal."""
    count = int(rng.integers(0, 9))
    boxes = _boxes(rng, count)
    ids = rng.integers(0, classes, count)
    truth = sample(boxes, ids, rng.random(count) < 0.15, name)
    near = np.repeat(np.arange(count), 2)
    shaken = boxes[near] + rng.normal(0, 12, (len(near), 4))
    wild = max(detections - len(near), 0)
    every = np.concatenate([shaken, _boxes(rng, wild)])
    every[:, 2:] = np.maximum(every[:, 2:], every[:, :2] + 1)
    labels = np.concatenate([ids[near], rng.integers(0, classes, wild)])
    scores = np.round(rng.random(len(every)), 2)
    return truth, found(every, scores, labels, name)


def random_pairs(seed: int, pictures: int, classes: int = 3, detections: int = 33) -> list[Pair]:
    rng = np.random.default_rng(seed)
    return [random_pair(rng, classes, detections, f"{one}.jpg") for one in range(pictures)]


def _boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    corner = rng.uniform(0, 300, (count, 2))
    return np.concatenate([corner, corner + rng.uniform(10, 150, (count, 2))], axis=1)
