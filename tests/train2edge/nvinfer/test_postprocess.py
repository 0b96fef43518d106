from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from train2edge.contract import ClassThresholds, Contract, InputContract, OutputContract
from train2edge.errors import InputError
from train2edge.nvinfer.geometry import plan
from train2edge.nvinfer.layers import ParseError
from train2edge.nvinfer.postprocess import detect, frame_detections, of_picture

CONTRACT = Contract(
    InputContract(320, 192),
    OutputContract(("car", "person"), thresholds=(ClassThresholds(pre_cluster=0.1),) * 2),
)
Tensors = dict[str, NDArray[np.float32]]


def outputs(*boxes: tuple[int, int, int, float]) -> Tensors:
    """A 40x20 pixel box around each (class, row, column, score) cell's centre."""
    coverage = np.zeros((2, 12, 20), np.float32)
    bbox = np.zeros((8, 12, 20), np.float32)
    for class_id, row, column, score in boxes:
        coverage[class_id, row, column] = score
        bbox[4 * class_id : 4 * class_id + 4, row, column] = np.array([20, 10, 20, 10]) / 35
    return {"output_cov/Sigmoid": coverage, "output_bbox/BiasAdd": bbox}


def test_detects_best_first_within_a_class() -> None:
    found = detect(outputs((1, 5, 5, 0.4), (1, 5, 15, 0.9), (0, 2, 2, 0.3)), CONTRACT)
    assert found.class_id.tolist() == [0, 1, 1]
    assert found.score.tolist() == np.array([0.3, 0.9, 0.4], np.float32).tolist()
    np.testing.assert_allclose(found.boxes[1], [220.5, 70.5, 260.5, 90.5], atol=1e-4)


def test_nothing_found_is_an_empty_list() -> None:
    assert len(detect(outputs(), CONTRACT)) == 0


def test_a_score_at_the_threshold_is_kept() -> None:
    at = float(np.float32(0.1))
    below = float(np.nextafter(np.float32(0.1), np.float32(0)))
    found = detect(outputs((0, 5, 5, at), (0, 5, 15, below)), CONTRACT)
    assert found.score.tolist() == [at]


def test_every_picture_of_a_batch() -> None:
    one, other = outputs((0, 5, 5, 0.5)), outputs((1, 5, 5, 0.5), (1, 5, 15, 0.5))
    batch = {name: np.stack([one[name], other[name]]) for name in one}
    assert [len(detect(of_picture(batch, index), CONTRACT)) for index in range(2)] == [1, 2]


def test_an_unknown_tensor_name_is_told() -> None:
    with pytest.raises(ParseError, match="'cov' in its name; there are: heat"):
        detect({"heat": np.zeros((2, 12, 20), np.float32)}, CONTRACT)


def test_other_box_units_than_nvinfers_are_refused() -> None:
    other = replace(CONTRACT, output=replace(CONTRACT.output, box_norm=32.0))
    with pytest.raises(InputError, match=r"boxes in units of 32\.0 pixels"):
        detect(outputs(), other)


def test_maps_to_the_frame() -> None:
    geometry = plan(640, 360, CONTRACT.input)
    found = frame_detections("0", outputs((0, 5, 5, 0.5)), CONTRACT, geometry, (640, 360))
    np.testing.assert_allclose(found.boxes, [[121, 141, 201, 181]], atol=1e-3)


@pytest.mark.parametrize("crop", [True, False])
def test_boxes_that_reach_into_the_padding_are_cut_or_else_dropped(crop: bool) -> None:
    contract = replace(CONTRACT, output=replace(CONTRACT.output, crop_to_frame=crop))
    geometry = plan(640, 360, contract.input)  # 320x180 of 192 rows
    inside = frame_detections("0", outputs((0, 10, 5, 0.5)), contract, geometry, (640, 360))
    below = frame_detections("0", outputs((0, 11, 5, 0.5)), contract, geometry, (640, 360))
    assert len(inside) == 1
    assert [box[3] for box in below.boxes] == ([360] if crop else [])
