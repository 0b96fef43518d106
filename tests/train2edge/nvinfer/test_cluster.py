from __future__ import annotations

from pathlib import Path

import pytest

from tests.train2edge.nvinfer.vectors import cases, read
from train2edge.nvinfer import cluster as clusterings
from train2edge.nvinfer.postprocess import cluster

MODES = {clusterings.load(name).MODE: name for name in clusterings.names()}


@pytest.mark.parametrize(
    "path",
    cases("cluster_nms", "cluster_dbscan", "cluster_hybrid", "cluster_none", "cluster_mode0"),
)
def test_clusters_as_nvinfer_does(path: Path) -> None:
    vector = read(path)
    mode = MODES[vector.meta["cluster_mode"]]
    vector.check(cluster(vector.boxes, mode, vector.thresholds))
