"""Pictures in, detections in their own pixels out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.evaluation.toys import CLASSES, CONTRACT, PaintFinder, painted
from train2edge.errors import InputError
from train2edge.evaluation.run import detect_samples, raw_outputs
from train2edge.metrics.detection import score


def test_finds_what_was_painted(tmp_path: Path) -> None:
    samples = painted(tmp_path)
    finder = PaintFinder()
    found = detect_samples(finder, samples, batch_size=3)
    assert [one.name for one in found] == [one.name for one in samples]
    assert finder.batches == 2
    assert score(zip(samples, found, strict=True), CLASSES, average_precision="coco").ap50 == 1.0
    first = found[0].boxes[found[0].class_ids == 0][0]
    np.testing.assert_allclose(first, samples[0].boxes[0], atol=2.5)


def test_raw_outputs_come_in_order_whatever_the_batch(tmp_path: Path) -> None:
    samples = painted(tmp_path)
    one, many = (list(raw_outputs(PaintFinder(), samples, batch_size=size)) for size in (1, 8))
    assert [raw.sample for raw in one] == samples
    name = CONTRACT.output.coverage
    for alone, together in zip(one, many, strict=True):
        np.testing.assert_array_equal(alone.outputs[name], together.outputs[name])
        assert alone.outputs[name].shape == (2, 6, 10)


def test_no_pictures_are_no_detections() -> None:
    assert detect_samples(PaintFinder(), []) == []


def test_broken_picture_is_named(tmp_path: Path) -> None:
    samples = painted(tmp_path)
    samples[2].image.write_bytes(samples[2].image.read_bytes()[:200])
    with pytest.raises(InputError, match=r"p2\.png"):
        detect_samples(PaintFinder(), samples, batch_size=2)
