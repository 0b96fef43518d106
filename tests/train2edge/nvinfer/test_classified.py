from __future__ import annotations

import numpy as np
import pytest

from train2edge.contract import Contract, InputContract, OutputContract
from train2edge.nvinfer.geometry import Rect, plan
from train2edge.nvinfer.postprocess import frame_detections

OUTPUT = OutputContract(("bus", "car"), parser="classifier", classifier_threshold=0.6)
CONTRACT = Contract(InputContract(32, 32, maintain_aspect_ratio=False), OUTPUT, "classification")


@pytest.mark.parametrize(("score", "found"), [(0.7, True), (0.5, False)])
def test_the_one_thing_that_was_looked_at_gets_the_winners_class(score: float, found: bool) -> None:
    geometry = plan(100, 80, CONTRACT.input, parent=Rect(11, 20, 40.7, 31))
    values = np.array([1 - score, score], np.float32).reshape(2, 1, 1)
    frame = frame_detections("a", {"predictions/Softmax": values}, CONTRACT, geometry, (100, 80))
    assert len(frame) == found
    if found:
        assert frame.class_ids.tolist() == [1]
        assert frame.boxes.tolist() == [[12, 20, 52, 50]]
        assert frame.scores[0] == pytest.approx(score)
