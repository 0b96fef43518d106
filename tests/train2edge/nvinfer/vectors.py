"""Test vectors of nvinfer's own post-processing, one ``.npz`` a case (see their README).

The folder is ``T2E_VECTORS``, or ``vectors`` of the shared data. Names of files and folders mean
nothing: a case says itself which family it is of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
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
# Where somebody asked for them, having none is a failure.
WANTED = "T2E_VECTORS" in os.environ or "CI" in os.environ
FIELDS = ("left", "top", "width", "height", "score", "class_id")
ATTRS = ("pre", "post", "eps", "min_boxes", "min_score", "iou", "topk")


@dataclass(frozen=True)
class Vector:
    """One case: ``meta`` as documented, ``arrays`` by key."""

    meta: dict[str, Any]
    arrays: dict[str, Any]

    @property
    def family(self) -> str:
        return str(self.meta["family"])

    @property
    def tensors(self) -> list[tuple[str, tuple[int, ...], Any]]:
        """Name, dimensions as told, values."""
        return [
            (one["name"], tuple(one["dims"]), self.arrays[f"in_tensor{one['index']}"])
            for one in self.meta["layers"]
        ]

    @property
    def layers(self) -> list[Layer]:
        return [Layer(*one) for one in self.tensors]

    @property
    def network(self) -> Network:
        return Network(self.meta["net_width"], self.meta["net_height"])

    @property
    def params(self) -> ParseParams:
        return ParseParams(self.arrays["in_attr_pre"])

    @property
    def attrs(self) -> list[tuple[Any, ...]]:
        """One row a class, in the order of ``ATTRS``."""
        columns = [self.arrays[f"in_attr_{name}"].tolist() for name in ATTRS]
        return list(zip(*columns, strict=True))

    @property
    def thresholds(self) -> tuple[ClassThresholds, ...]:
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
            for pre, post, eps, min_boxes, min_score, iou, topk in self.attrs
        )

    @property
    def boxes(self) -> Objects:
        return Objects(*(self.arrays[f"in_box_{field}"] for field in FIELDS))

    @property
    def status(self) -> int:
        return int(self.arrays.get("exp_status", 0))

    def check(self, found: Objects | Sequence[Any]) -> None:
        """Every number bit for bit, in order: objects, or the values that ``expected`` names."""
        if isinstance(found, Objects):
            self._check_objects(found)
            return
        for name, actual in zip(self.expected, found, strict=True):
            np.testing.assert_array_equal(actual, self.arrays[f"exp_{name}"], err_msg=name)

    @property
    def expected(self) -> tuple[str, ...]:
        if self.family == "segmentation":
            return ("class_map",)
        if self.family == "scaling":
            return ("src_rect", "dst_rect", "scale_ratio", "offset")
        names = ("index", "value", "confidence", "label")
        return (*(f"attribute_{name}" for name in names), "label_string")

    def _check_objects(self, found: Objects) -> None:
        for field in FIELDS:
            expected = self.arrays[f"exp_{field}"]
            actual = getattr(found, field)
            assert actual.dtype == expected.dtype, field
            np.testing.assert_array_equal(actual, expected, err_msg=field)
        if "exp_masks" in self.arrays and len(found):
            np.testing.assert_array_equal(found.masks, self.arrays["exp_masks"])


def cases(folder: Path, *, wanted: bool) -> list[Any]:
    """One parameter a case under ``folder``; without any, one that fails if it is ``wanted``."""
    paths = sorted(folder.rglob("*.npz"))
    if paths:
        return [pytest.param(path, id=str(path.relative_to(folder))) for path in paths]
    if wanted:
        return [pytest.param(folder, id="no-vectors")]
    absent = pytest.mark.skip(reason=f"no test vectors at {folder} (T2E_VECTORS)")
    return [pytest.param(folder, marks=absent, id="no-vectors")]


def read(path: Path) -> Vector:
    if path.suffix != ".npz":
        pytest.fail(f"no test vectors (*.npz) under {path}")
    with np.load(path) as arrays:
        found = {key: arrays[key] for key in arrays.files}
    return Vector(json.loads(str(found.pop("meta_json"))), found)
