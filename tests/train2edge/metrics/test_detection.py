"""The score against published figures, against faster-coco-eval, and by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.metrics.scenes import Pair, found, random_pairs, sample
from train2edge.detections import FrameDetections
from train2edge.errors import InputError, WorkError
from train2edge.metrics.average_precision import Mode
from train2edge.metrics.detection import Curve, score

BOX = [10, 10, 50, 50]
FAR = [200, 200, 260, 260]


def _padilla(folder: Path) -> list[Pair]:
    """Files of ``class [score] left top width height``, one a picture.

    The publication counts the last pixel in: a side is right - left + 1. (One detection lies at
    IoU 0.303 that way and at 0.295 without it.)
    """
    pairs = []
    for path in sorted((folder / "groundtruths").glob("*.txt")):
        truth = np.loadtxt(path, usecols=range(1, 5), ndmin=2)
        seen = np.loadtxt(folder / "detections" / path.name, usecols=range(1, 6), ndmin=2)
        truth[:, 2:] += truth[:, :2] + 1
        seen[:, 3:] += seen[:, 1:3] + 1
        zeros = np.zeros(len(seen))
        pairs.append((sample(truth, np.zeros(len(truth))), found(seen[:, 1:], seen[:, 0], zeros)))
    return pairs


@pytest.mark.parametrize(("mode", "published"), [("integrate", 24.56), ("sample", 26.84)])
def test_published_average_precision(shared: Path, mode: Mode, published: float) -> None:
    pairs = _padilla(shared / "data/map_reference/samples/sample_2")
    assert len(pairs) == 7
    scores = score(pairs, ["object"], average_precision=mode, iou=0.3)
    assert 100 * scores.ap == pytest.approx(published, abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_equals_faster_coco_eval(seed: int) -> None:
    pairs = random_pairs(seed, pictures=40, classes=3, detections=150 if seed == 0 else 30)
    ours = score(pairs, ["a", "b", "c"], average_precision="coco", iou=0.7)
    precision = _faster_coco_eval(pairs, classes=3)  # [10 IoU, 101 recalls, 3 classes]
    for one, theirs in zip(ours.classes, np.moveaxis(precision, 2, 0), strict=True):
        assert one.ap50 == pytest.approx(theirs[0].mean(), abs=1e-9)
        assert one.ap == pytest.approx(theirs[4].mean(), abs=1e-9)
        assert one.ap_50_95 == pytest.approx(theirs.mean(), abs=1e-9)
    assert ours.ap_50_95 == pytest.approx(precision.mean(), abs=1e-9)


def _faster_coco_eval(pairs: list[Pair], classes: int) -> np.ndarray:
    from faster_coco_eval import COCO, COCOeval_faster

    annotations, detections = [], []
    for image, (truth, seen) in enumerate(pairs, 1):
        sizes = truth.boxes[:, 2:].astype(float) - truth.boxes[:, :2]
        for box, size, label, crowd in zip(
            truth.boxes, sizes, truth.class_ids, truth.ignore, strict=True
        ):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": int(label),
                    "bbox": [float(box[0]), float(box[1]), float(size[0]), float(size[1])],
                    "area": float(size[0] * size[1]),
                    "iscrowd": int(crowd),
                }
            )
        sizes = seen.boxes[:, 2:].astype(float) - seen.boxes[:, :2]
        for box, size, value, label in zip(
            seen.boxes, sizes, seen.scores, seen.class_ids, strict=True
        ):
            detections.append(
                {
                    "image_id": image,
                    "category_id": int(label),
                    "bbox": [float(box[0]), float(box[1]), float(size[0]), float(size[1])],
                    "score": float(value),
                }
            )
    images = [{"id": image + 1, "width": 640, "height": 480} for image in range(len(pairs))]
    categories = [{"id": one, "name": str(one)} for one in range(classes)]
    truth_set = COCO({"images": images, "annotations": annotations, "categories": categories})
    evaluation = COCOeval_faster(truth_set, truth_set.loadRes(detections), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    return np.asarray(evaluation.eval["precision"])[:, :, :, 0, 2]


def test_voc_counts_the_second_best_object_as_taken() -> None:
    # Both detections overlap the first object most; COCO lets the second one take its neighbour.
    truth = sample([[0, 0, 100, 100], [30, 0, 130, 100]], [0, 0])
    seen = found([[0, 0, 100, 100], [12, 0, 112, 100]], [0.9, 0.8], [0, 0])
    coco = score([(truth, seen)], ["a"], average_precision="coco")
    voc = score([(truth, seen)], ["a"], average_precision="integrate")
    assert coco.ap == pytest.approx(1.0)
    assert voc.ap == pytest.approx(0.5)


@pytest.mark.parametrize("mode", ["coco", "integrate", "sample"])
def test_ignored_objects_are_neither_hit_nor_miss(mode: Mode) -> None:
    truth = sample([BOX, FAR], [0, 0], [False, True])
    inside = [210, 210, 220, 220]
    seen = found([FAR, inside, BOX], [0.9, 0.8, 0.7], [0, 0, 0])
    scores = score([(truth, seen)], ["a"], average_precision=mode)
    assert scores.ap == pytest.approx(1.0)
    assert (scores.at([0.1])[0].tp, scores.at([0.1])[0].fp, scores.at([0.1])[0].fn) == (1, 0, 0)


def test_classes_without_objects_are_left_out_of_the_mean() -> None:
    pair = sample([BOX], [0]), found([BOX, FAR], [0.9, 0.95], [0, 1])
    scores = score([pair], ["a", "b"], average_precision="coco")
    assert scores.ap == scores.ap50 == scores.ap_50_95 == pytest.approx(1.0)
    assert scores.classes[1].ap is None
    assert scores.at([0.5, 0.5])[1].fp == 1


def test_a_picture_without_detections_counts_its_misses() -> None:
    pairs = [(sample([BOX], [0]), found([BOX], [0.9], [0])), (sample([BOX], [0]), _nothing())]
    scores = score(pairs, ["a"], average_precision="integrate")
    assert scores.ap == pytest.approx(0.5)
    assert scores.at([0.5])[0].fn == 1


def test_nothing_found_is_zero() -> None:
    scores = score([(sample([BOX], [0]), _nothing())], ["a"], average_precision="sample")
    assert (scores.ap, scores.ap50, scores.classes[0].best) == (0.0, 0.0, None)


def test_best_f1_lies_between_two_scores() -> None:
    curve = Curve(
        np.array([0.9, 0.8, 0.6, 0.2]), np.array([1.0, 2, 2, 2]), np.array([0.0, 0, 1, 2]), truths=2
    )
    best = curve.best_f1()
    assert best is not None
    assert best.threshold == pytest.approx(0.7)
    assert (best.tp, best.fp, best.fn, best.f1) == (2, 0, 0, 1.0)


def test_best_f1_does_not_split_equal_scores() -> None:
    # Cutting after the hit among the boxes of 0.5 would be best, and no threshold can.
    curve = Curve(
        np.array([0.9, 0.5, 0.5, 0.5, 0.5]),
        np.array([1.0, 2, 2, 2, 2]),
        np.array([0.0, 0, 1, 2, 3]),
        truths=2,
    )
    best = curve.best_f1()
    assert best is not None
    assert (best.threshold, best.tp, best.fp) == (pytest.approx(0.7), 1, 0)
    assert best.as_record()["precision"] == 1.0


def test_counts_at_a_threshold_that_is_a_score() -> None:
    curve = Curve(np.array([0.9, 0.5]), np.array([1.0, 1]), np.array([0.0, 1]), truths=3)
    assert vars(curve.at(0.5)) == {"threshold": 0.5, "tp": 1, "fp": 1, "fn": 2}
    assert curve.at(0.95).tp == 0


@pytest.mark.parametrize(
    ("mode", "iou", "message"),
    [("voc", 0.5, "no average precision mode 'voc'"), ("coco", 0.0, "IoU of 0.0 is impossible")],
)
def test_impossible_settings(mode: Mode, iou: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        score([(sample([BOX], [0]), _nothing())], ["a"], average_precision=mode, iou=iou)


def test_nothing_labelled() -> None:
    with pytest.raises(InputError, match="none of the 1 pictures"):
        score([(sample([BOX], [0], [True]), _nothing())], ["a"], average_precision="coco")


def test_diverged_network() -> None:
    seen = found([BOX], [np.nan], [0])
    with pytest.raises(WorkError, match=r"a\.jpg: .*not a finite number"):
        score([(sample([BOX], [0]), seen)], ["a"], average_precision="coco")


def test_a_class_outside_the_list_is_our_bug() -> None:
    with pytest.raises(ValueError, match="a detection has a class outside"):
        score([(sample([BOX], [0]), found([BOX], [1], [3]))], ["a"], average_precision="coco")


def _nothing() -> FrameDetections:
    return found(np.zeros((0, 4)), [], [])
