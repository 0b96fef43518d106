from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.nvinfer.vectors import cases, read
from train2edge.nvinfer.classification import classify
from train2edge.nvinfer.labels import rows


@pytest.mark.parametrize("path", cases("classifier"))
def test_classifies_as_nvinfer_does(path: Path) -> None:
    vector = read(path)
    table = rows(vector.meta["labels_file"] or "")
    found = classify(vector.layers, vector.meta["classifier_threshold"], table)
    expected = vector.arrays
    assert [one.index for one in found.attributes] == expected["exp_attribute_index"].tolist()
    assert [one.value for one in found.attributes] == expected["exp_attribute_value"].tolist()
    confidences = np.array([one.confidence for one in found.attributes], np.float32)
    np.testing.assert_array_equal(confidences, expected["exp_attribute_confidence"])
    labels = ["<null>" if one.label is None else one.label for one in found.attributes]
    assert labels == expected["exp_attribute_label"].tolist()
    assert found.label == str(expected["exp_label_string"])
