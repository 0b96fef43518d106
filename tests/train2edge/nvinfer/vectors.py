"""Test vectors of nvinfer's own post-processing, one ``.npz`` a case (see their README).

The folder is ``T2E_VECTORS``, or ``vectors`` of the shared data.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import SHARED
from train2edge.contract import ClassThresholds
from train2edge.nvinfer.layers import Layer, Network, ParseParams
from train2edge.nvinfer.objects import Objects

FOLDER = Path(os.environ.get("T2E_VECTORS", SHARED / "vectors"))
FIELDS = ("left", "top", "width", "height", "score", "class_id")


@dataclass(frozen=True)
class Vector:
    """One case: ``meta`` as documented, ``arrays`` by key."""

    meta: dict[str, Any]
    arrays: dict[str, Any]

    @property
    def layers(self) -> list[Layer]:
        return [
            Layer(one["name"], tuple(one["dims"]), self.arrays[f"in_tensor{one['index']}"])
            for one in self.meta["layers"]
        ]

    @property
    def network(self) -> Network:
        return Network(self.meta["net_width"], self.meta["net_height"])

    @property
    def params(self) -> ParseParams:
        return ParseParams(self.arrays["in_attr_pre"])

    @property
    def thresholds(self) -> tuple[ClassThresholds, ...]:
        names = ("pre", "post", "eps", "min_boxes", "min_score", "iou", "topk")
        columns = [self.arrays[f"in_attr_{name}"].tolist() for name in names]
        return tuple(
            ClassThresholds(
                pre_cluster=pre,
                post_cluster=post,
                eps=eps,
                min_boxes=min_boxes,
                dbscan_min_score=min_score,
                nms_iou=iou,
                topk=topk,
            )
            for pre, post, eps, min_boxes, min_score, iou, topk in zip(*columns, strict=True)
        )

    @property
    def boxes(self) -> Objects:
        return Objects(*(self.arrays[f"in_box_{field}"] for field in FIELDS))

    @property
    def status(self) -> int:
        return int(self.arrays["exp_status"])

    def check(self, found: Objects) -> None:
        """Every field bit for bit, in order."""
        for field in FIELDS:
            expected = self.arrays[f"exp_{field}"]
            actual = getattr(found, field)
            assert actual.dtype == expected.dtype, field
            np.testing.assert_array_equal(actual, expected, err_msg=field)


def cases(*families: str) -> list[Any]:
    """One parameter a case of these families; without vectors a skipped one (in CI: a failing)."""
    paths = [path for family in families for path in sorted((FOLDER / family).glob("*.npz"))]
    if paths:
        return [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in paths]
    if os.environ.get("CI"):
        return [pytest.param(FOLDER / families[0] / "absent.npz", id="absent")]
    absent = pytest.mark.skip(reason=f"no test vectors at {FOLDER} (T2E_VECTORS)")
    return [pytest.param(None, marks=absent, id="absent")]


def read(path: Path) -> Vector:
    with np.load(path) as arrays:
        found = {key: arrays[key] for key in arrays.files}
    return Vector(json.loads(str(found.pop("meta_json"))), found)
