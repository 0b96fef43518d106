"""Boxes and labels land where they should, in the colour that they mean."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from tests.train2edge.metrics.scenes import found, sample
from train2edge.evaluation.drawing import (
    MISSED,
    PALETTE,
    RIGHT,
    WRONG,
    Canvas,
    draw_detections,
    draw_mistakes,
    encode_jpeg,
)
from train2edge.evaluation.mistakes import examine

BLACK = np.zeros((480, 640, 3), np.uint8)


def test_mistakes_have_their_colours_and_the_picture_stays_as_it_was() -> None:
    truth = sample([[50, 100, 150, 200], [300, 100, 400, 200]], [0, 0])
    seen = found([[50, 100, 150, 200], [450, 300, 550, 400]], [0.9, 0.8], [0, 0])
    drawn = draw_mistakes(BLACK, examine(truth, seen, 0.5), ["car"])
    assert drawn[150, 50].tolist() == list(RIGHT)
    assert drawn[350, 450].tolist() == list(WRONG)
    dashes = (drawn[100:200, 300] == MISSED).all(-1)
    assert 30 < dashes.sum() < 90
    assert not BLACK.any()


def test_small_pictures_are_enlarged_with_their_boxes() -> None:
    drawn = draw_detections(BLACK[:48, :64], found([[8, 30, 24, 40]], [0.5], [1]), ["a", "b"])
    assert drawn.shape == (480, 640, 3)
    assert drawn[380, 80].tolist() == list(PALETTE[1])


def test_boxes_outside_the_picture_are_cut_and_labels_stay_inside() -> None:
    seen = found([[-100, -50, 900, 800], [630, 470, 700, 500]], [0.9, 0.4], [0, 0])
    drawn = draw_detections(BLACK, seen, ["a-very-long-class-name"])
    assert drawn.any(-1)[:30].sum() > 100


def test_labels_avoid_each_other() -> None:
    canvas = Canvas.of(BLACK)
    for _ in range(3):
        canvas.label(np.array([100, 100, 300, 300]), "car 0.90", RIGHT)
    tops = sorted(place[1] for place in canvas.taken)
    height = canvas.taken[0][3] - canvas.taken[0][1]
    assert all(after - before >= height for before, after in pairwise(tops))


def test_jpeg_keeps_the_colour_order() -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 255
    decoded = cv2.imdecode(np.frombuffer(encode_jpeg(red), np.uint8), cv2.IMREAD_COLOR)
    assert decoded[8, 8, 2] > 200 > 50 > decoded[8, 8, 0]
