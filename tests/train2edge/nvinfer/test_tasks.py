from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from train2edge.errors import InputError
from train2edge.nvinfer.classification import Classification
from train2edge.nvinfer.layers import ParseError
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.segmentation import SegmentationMap
from train2edge.nvinfer.settings import InferSettings, read
from train2edge.nvinfer.tasks import reader


def settings(folder: Path, *lines: str, labels: str = "car;van\n") -> InferSettings:
    (folder / "labels.txt").write_text(labels)
    path = folder / "infer.txt"
    path.write_text("\n".join(["[property]", "labelfile-path=labels.txt", *lines, ""]))
    return read(path)


def test_a_detector_gives_boxes(tmp_path: Path) -> None:
    chosen = settings(tmp_path, "num-detected-classes=1", "infer-dims=3;32;64", "cluster-mode=2")
    coverage = np.zeros((1, 2, 4), np.float32)
    coverage[0, 1, 1] = 0.9
    bbox = np.full((4, 2, 4), 0.2, np.float32)
    found = reader(chosen)({"bbox": bbox, "cov": coverage})
    assert isinstance(found, Objects)
    assert (len(found), found.masks) == (1, None)
    np.testing.assert_allclose(found.boxes, [[9.5, 9.5, 23.5, 23.5]], atol=1e-5)


@pytest.mark.parametrize(
    ("function", "prefix"),
    [("NvDsInferParseCustomMrcnnTLT", "mask_head/"), ("NvDsInferParseCustomMrcnnTLTV2", "")],
)
def test_an_instance_segmentation_gives_masks_with_its_boxes(
    tmp_path: Path, function: str, prefix: str
) -> None:
    chosen = settings(
        tmp_path,
        "network-type=3",
        "num-detected-classes=2",
        "cluster-mode=4",
        f"parse-bbox-instance-mask-func-name={function}",
    )
    masks = np.arange(16, dtype=np.float32).reshape(2, 2, 2, 2)
    rows = np.array([[1, 2, 11, 12, 1, 0.1], [1, 2, 21, 22, 1, 0.9]], np.float32)
    outputs = {"generate_detections": rows, f"{prefix}mask_fcn_logits/BiasAdd": masks}
    found = reader(chosen, (64, 32))(outputs)
    assert isinstance(found, Objects) and found.masks is not None
    assert found.boxes.tolist() == [[2, 1, 22, 21]]
    np.testing.assert_array_equal(found.masks, masks[1:, 1])


def test_a_classifier_gives_labels(tmp_path: Path) -> None:
    chosen = settings(tmp_path, "network-type=1", "classifier-threshold=0.5")
    read_outputs = reader(chosen)
    found = read_outputs({"softmax": np.array([0.2, 0.8], np.float32).reshape(2, 1, 1)})
    assert isinstance(found, Classification)
    assert (found.label, found.attributes[0].value) == ("van ", 1)
    unsure = read_outputs({"softmax": np.array([0.5, 0.5], np.float32)})
    assert unsure == Classification((), "")


@pytest.mark.parametrize("last", [False, True])
def test_a_segmentation_gives_a_class_map(tmp_path: Path, last: bool) -> None:
    order = f"segmentation-output-order={int(last)}"
    chosen = settings(tmp_path, "network-type=2", "num-detected-classes=2", order)
    planes = np.array([[[0.9, 0.0, 0.4]], [[0.1, 0.0, 0.6]]], np.float32)
    tensor = planes.transpose(1, 2, 0).copy() if last else planes
    found = reader(chosen, (3, 1))({"softmax": tensor})
    assert isinstance(found, SegmentationMap)
    assert (found.classes.tolist(), found.num_classes) == ([[0, -1, 1]], 2)
    np.testing.assert_array_equal(found.probabilities, tensor)


@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_people_sem_seg_net_tells_classes_alone(tmp_path: Path, kind: Any) -> None:
    function = "parse-segmentation-func-name=NvDsInferParseCustomPeopleSemSegNet"
    chosen = settings(tmp_path, "network-type=2", "num-detected-classes=2", function)
    read_outputs = reader(chosen, (2, 1))
    found = read_outputs({"argmax_1": np.array([[[1], [0]]], kind)})
    assert isinstance(found, SegmentationMap)
    assert (found.classes.tolist(), found.probabilities) == ([[1, 0]], None)
    for wrong in (np.zeros((1, 2), kind), np.zeros((1, 2, 1), np.float32)):
        with pytest.raises(ParseError, match="argmax_1"):
            read_outputs({"argmax_1": wrong})


def test_another_network_says_nothing(tmp_path: Path) -> None:
    assert reader(settings(tmp_path, "network-type=100"))({"any": np.zeros(1)}) is None


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["network-type=1", "parse-classifier-func-name=Mine"], "parse-classifier-func-name: Mine"),
        (
            ["network-type=2", "infer-dims=3;1;2", "parse-segmentation-func-name=Mine"],
            "parse-segmentation-func-name: Mine",
        ),
        (["network-type=2"], "size of the network's input is not known"),
    ],
)
def test_refuses_when_it_is_made(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        reader(settings(tmp_path, *lines))
