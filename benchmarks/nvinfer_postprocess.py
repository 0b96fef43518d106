"""How long nvinfer's post-processing takes here: parse and cluster one 4-class 34x60 picture.

    python benchmarks/nvinfer_postprocess.py [--seconds 1]

Sparse and dense streets, at an operating threshold and at that of average precision. Prints one
line a mode: accepted cells, boxes, median and least milliseconds, and how many times as long the
tests' scalar reference takes for the same boxes, bit for bit, in this run. Then the stock parsers'
longest lists, 4 classes, at the lower threshold.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from train2edge.contract import (
    ClassThresholds,
    ClusterMode,
    Contract,
    InputContract,
    OutputContract,
)
from train2edge.nvinfer.objects import Objects
from train2edge.nvinfer.postprocess import detect

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests are not installed
from tests.train2edge.nvinfer.reference import Box, Tensor, clustering, detectnet

CLASSES = ("car", "person", "bicycle", "road_sign")
MODES: dict[ClusterMode, int] = {"nms": 2, "dbscan": 1, "hybrid": 3, "none": 4}
THRESHOLDS = (0.2, 0.02)
STRIDE = 16
NORM = 35.0


def street(objects: int, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Tensors as a trained network gives them: a bump of coverage an object, jittered boxes."""
    random = np.random.default_rng(seed)
    coverage = random.uniform(0, 0.03, (4, 34, 60))
    bbox = random.normal(0, 0.2, (4, 4, 34, 60))
    centers = np.stack(np.meshgrid(np.arange(60), np.arange(34)), -1) * STRIDE + 0.5
    for _ in range(objects):
        class_id = random.integers(4)
        size = random.uniform(20, 160, 2)
        start = random.uniform(0, (960, 544) - size)
        corners = np.concatenate([centers - start, start + size - centers], -1)
        inside = (corners > 0).all(-1)
        distance = np.abs(centers - start - size / 2) / size
        bump = np.exp(-8 * (distance**2).sum(-1)) * inside
        coverage[class_id] = np.maximum(coverage[class_id], bump)
        jitter = random.normal(0, 0.05, (4, 34, 60))
        bbox[class_id] = np.where(
            inside, corners.transpose(2, 0, 1) / NORM + jitter, bbox[class_id]
        )
    return {
        "output_cov/Sigmoid": coverage.astype(np.float32),
        "output_bbox/BiasAdd": bbox.reshape(16, 34, 60).astype(np.float32),
    }


def contract(
    mode: ClusterMode, threshold: float, topk: int = 200, parser: str = "detectnet_v2"
) -> Contract:
    one = ClassThresholds(pre_cluster=threshold, topk=topk, nms_iou=0.5, eps=0.3, min_boxes=2)
    thresholds = (one,) * len(CLASSES)
    output = OutputContract(CLASSES, parser=parser, cluster=mode, thresholds=thresholds)
    return Contract(InputContract(960, 544), output)


def lists(rows: int = 1000) -> dict[str, dict[str, NDArray[Any]]]:
    """By parser, tensors of ``rows`` boxes (queries) strewn over the picture, sizes of objects."""
    random = np.random.default_rng(0)
    start = random.uniform(0, 0.8, (rows, 2))
    boxes = np.concatenate([start, start + random.uniform(0.02, 0.2, (rows, 2))], 1)
    unit, pixels = boxes.astype("f"), (boxes * [960, 544, 960, 544]).astype("f")
    scores = random.uniform(0, 1, rows).astype("f")
    kinds, count = random.integers(0, 4, rows).astype("f"), np.array([rows], np.int32)
    queries = {
        "pred_logits": random.normal(size=(rows, 4)).astype("f"),
        "pred_boxes": random.uniform(0.1, 0.9, (rows, 4)).astype("f"),
    }
    few = slice(100)  # MaskRCNN's list has 100 rows
    masked = np.column_stack([pixels, kinds, scores])[few]
    return {
        "batched_nms_tlt": {"n": count, "boxes": unit, "scores": scores, "classes": kinds},
        "efficientdet": {"n": count, "boxes": pixels, "scores": scores, "classes": kinds},
        "nms_tlt": {"rows": np.column_stack([0 * scores, kinds, scores, unit]), "n": count},
        "tf_ssd": {
            "num_detections": count.astype("f"),
            "detection_scores": scores,
            "detection_classes": kinds,
            "detection_boxes": unit,
        },
        "mrcnn_tlt_v2": {
            "generate_detections": masked,
            "mask_fcn_logits/BiasAdd": random.normal(size=(100, 4, 28, 28)).astype("f"),
        },
        "ddetr": queries,
        "rtdetr": queries,
    }


def times_ms(outputs: dict[str, NDArray[Any]], chosen: Contract, seconds: float) -> list[float]:
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        detect(outputs, chosen)
        times.append((time.perf_counter() - start) * 1e3)
    return times


def scalar_ms(outputs: dict[str, NDArray[np.float32]], chosen: Contract, found: Objects) -> float:
    """One run of the reference; its boxes must be ``found``."""
    one, size = chosen.output.thresholds[0], (chosen.input.width, chosen.input.height)
    attrs = clustering.Attrs(
        one.pre_cluster,
        one.post_cluster,
        one.eps,
        one.min_boxes,
        one.dbscan_min_score,
        one.nms_iou,
        one.topk,
    )
    tensors = [Tensor(name, values.shape, values) for name, values in outputs.items()]
    thresholds = [np.float32(one.pre_cluster)] * len(CLASSES)
    start = time.perf_counter()
    with np.errstate(all="ignore"):
        boxes = detectnet.built_in(tensors, size, thresholds)
        boxes = clustering.cluster(boxes, MODES[chosen.output.cluster], [attrs] * len(CLASSES))
    took = (time.perf_counter() - start) * 1e3
    columns = (found.left, found.top, found.width, found.height, found.score, found.class_id)
    if boxes != [Box.of(row) for row in zip(*columns, strict=True)]:
        raise SystemExit(f"{chosen.output.cluster}: the reference gives other boxes")
    return took


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--seconds", type=float, default=1.0, help="time for each case")
    seconds = options.parse_args().seconds
    for objects in (12, 40):
        outputs = street(objects)
        for threshold in THRESHOLDS:
            cells = len(detect(outputs, contract("none", threshold, topk=-1)))
            print(f"{objects} objects, threshold {threshold}: {cells} cells")
            for mode in MODES:
                chosen = contract(mode, threshold)
                found = detect(outputs, chosen)
                times = times_ms(outputs, chosen, seconds)
                ratio = scalar_ms(outputs, chosen, found) / statistics.median(times)
                print(
                    f"  {mode:7} {len(found):4} boxes  median {statistics.median(times):.2f} ms"
                    f"  least {min(times):.2f} ms  scalar reference {ratio:.0f} times as long"
                )

    for parser, outputs in lists().items():
        told = []
        for mode in MODES:
            chosen = contract(mode, THRESHOLDS[-1], parser=parser)
            times = times_ms(outputs, chosen, seconds / 4)
            told.append(f"{mode} {statistics.median(times):.2f} ({min(times):.2f})")
        print(f"{parser}, median (least) ms: {', '.join(told)}")


if __name__ == "__main__":
    main()
