from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.nvinfer.test_cluster import MODES
from tests.train2edge.nvinfer.vectors import Vector, cases, read
from train2edge.nvinfer import parsers
from train2edge.nvinfer.layers import ParseError, ParserAbort
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.postprocess import cluster

FAMILIES = (
    "detectnet",
    "pipeline_detectnet",
    "parser_resnet",
)


def run(vector: Vector) -> Objects:
    function = vector.meta["function"]
    name = "detectnet_v2" if function == "builtin_detector" else parsers.named(function)
    assert name is not None, function
    found = parsers.load(name).parse(vector.layers, vector.network, vector.params)
    if vector.meta["cluster_mode"] is None:
        return found
    return cluster(found, MODES[vector.meta["cluster_mode"]], vector.thresholds)


@pytest.mark.parametrize("path", cases(*FAMILIES))
def test_parses_as_nvinfer_does(path: Path) -> None:
    vector = read(path)
    if vector.status:
        with pytest.raises(ParserAbort if vector.status == -6 else ParseError):
            run(vector)
        return
    found = run(vector)
    vector.check(found)
    if "exp_masks" in vector.arrays:
        np.testing.assert_array_equal(found.masks, vector.arrays["exp_masks"])
