from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from train2edge.contract import InputContract
from train2edge.nvinfer.geometry import plan
from train2edge.nvinfer.preprocess import resize
from train2edge.spec.augmentation import Augmentation
from trainer import augmentation
from trainer.augmentation import View
from trainer.change import Change, draw, unchanged

CONTRACT = InputContract(96, 64)
STILL = Augmentation(
    hflip=0, zoom_min=1, zoom_max=1, translate_x=0, translate_y=0, hue=0, saturation=0,
    contrast=0, brightness=0,
)  # fmt: skip


def view(width: int, height: int, box: tuple[int, int, int, int]) -> View:
    """A black picture whose one object is a white rectangle."""
    picture = np.zeros((height, width, 3), np.uint8)
    left, top, right, bottom = box
    picture[top:bottom, left:right] = 255
    return View(picture, np.array([box], np.float32), np.zeros(1, np.int32), np.zeros(1, np.bool_))


def extent(picture: np.ndarray) -> list[int]:
    """left, top, right, bottom of what is bright."""
    rows, columns = np.nonzero(picture[..., 0] > 127)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_without_augmentation_the_picture_is_what_nvinfer_makes_of_it() -> None:
    rng = np.random.default_rng(0)
    rough = rng.integers(0, 255, (40, 70, 3), np.uint8)
    picture = cv2.GaussianBlur(rough, (0, 0), 3)
    change = draw(STILL, CONTRACT, rng)
    one = View(picture, np.zeros((0, 4), np.float32), np.zeros(0, np.int32), np.zeros(0, np.bool_))
    have = augmentation.augment(one, change, CONTRACT).picture
    want = resize(picture, plan(70, 40, CONTRACT), CONTRACT)
    inside = (slice(2, 52), slice(2, 94))  # warpAffine fades into the black at the edge
    assert np.abs(have[inside].astype(int) - want[inside]).max() <= 3


@pytest.mark.parametrize("seed", range(12))
def test_boxes_follow_the_pixels(seed: int) -> None:
    spec = Augmentation(vflip=0.5, zoom_min=0.6, zoom_max=1.4, translate_x=0.1, translate_y=0.1)
    rng = np.random.default_rng(seed)
    one = view(200, 120, (80, 40, 130, 80))
    change = draw(spec, CONTRACT, rng)
    still = Change(change.spatial, np.eye(3, 4), 0.0)
    done = augmentation.augment(one, still, CONTRACT)
    np.testing.assert_allclose(done.boxes[0], extent(done.picture), atol=0.75)


@pytest.mark.parametrize("seed", range(6))
def test_a_sheared_box_is_the_upright_box_around_it(seed: int) -> None:
    spec = STILL.model_copy(update={"shear_x": 0.3, "shear_y": 0.2})
    change = draw(spec, CONTRACT, np.random.default_rng(seed))
    across, down = change.spatial[0, 1], change.spatial[1, 0]
    assert 0 < abs(across) < 0.3 and 0 < abs(down) < 0.2
    done = augmentation.augment(view(192, 128, (60, 40, 130, 80)), change, CONTRACT)
    width, height = done.boxes[0, 2:] - done.boxes[0, :2]  # of 35 x 20 in the network's input
    assert [width, height] == pytest.approx([35 + 20 * abs(across), 20 + 35 * abs(down)], abs=0.01)
    np.testing.assert_allclose(done.boxes[0], extent(done.picture), atol=1.5)


def test_without_shear_chance_is_asked_as_before() -> None:
    """A training that was begun before there was a shear goes on as it began."""
    change = draw(Augmentation(rotate=20), CONTRACT, np.random.default_rng(7))
    assert change.color[0] == pytest.approx([0.902274, -0.067118, 0.086057, -1.254948], abs=1e-6)


def test_a_turned_box_is_the_upright_box_around_it() -> None:
    quarter = np.array([[0.0, -1.0, 100.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    boxes = np.array([[10, 20, 40, 30]], np.float32)
    assert augmentation.transform_boxes(boxes, quarter).tolist() == [[70, 10, 80, 40]]


def test_objects_are_clipped_and_the_mostly_invisible_dropped() -> None:
    boxes = np.array([[-10, 10, 20, 40], [-90, 10, 10, 40], [200, 0, 210, 10]], np.float32)
    one = View(
        np.zeros((64, 96, 3), np.uint8), boxes, np.arange(3, dtype=np.int32), np.zeros(3, bool)
    )
    done = augmentation.augment(one, unchanged(), CONTRACT)
    assert done.class_ids.tolist() == [0]
    assert done.boxes.tolist() == [[0, 10, 20, 40]]


def test_grey_stays_grey_whatever_the_hue_and_saturation() -> None:
    spec = STILL.model_copy(update={"hue": 180, "saturation": 1.0})
    grey = np.full((64, 96, 3), 100, np.uint8)
    one = View(grey, np.zeros((0, 4), np.float32), np.zeros(0, np.int32), np.zeros(0, np.bool_))
    for seed in range(5):
        change = draw(spec, CONTRACT, np.random.default_rng(seed))
        done = augmentation.augment(one, change, CONTRACT).picture
        assert np.abs(done.astype(int) - 100).max() <= 1


def test_contrast_turns_around_its_center() -> None:
    spec = STILL.model_copy(update={"contrast": 0.5, "contrast_center": 0.4})
    change = draw(spec, CONTRACT, np.random.default_rng(1))
    center = 0.4 * 255
    assert change.color @ [center, center, center, 1] == pytest.approx([center] * 3)
    assert not np.allclose(change.color[:, :3], np.eye(3))


def test_a_mosaic_shows_four_pictures_each_in_its_quarter() -> None:
    views = [view(96, 64, (30, 20, 66, 44)) for _ in range(4)]
    changes = [unchanged()] * 4
    four = augmentation.mosaic(views, changes, CONTRACT, np.random.default_rng(2))
    done = augmentation.compose(four, CONTRACT)
    assert done.picture.shape == (64, 96, 3)
    assert len(done.boxes) == 4
    bright = done.picture[..., 0] > 127
    covered = np.zeros_like(bright)
    for left, top, right, bottom in np.rint(done.boxes).astype(int):
        assert bright[top + 1 : bottom - 1, left + 1 : right - 1].all()
        covered[top - 1 : bottom + 1, left - 1 : right + 1] = True
    assert not bright[~covered].any()


@pytest.mark.parametrize(("color", "channels"), [("BGR", 3), ("GRAY", 1)])
def test_the_contracts_colour_order(color: str, channels: int) -> None:
    contract = InputContract(96, 64, color=color, offsets=(0.0,) * channels)  # type: ignore[arg-type]
    red = np.zeros((64, 96, 3), np.uint8)
    red[..., 0] = 200
    one = View(red, np.zeros((0, 4), np.float32), np.zeros(0, np.int32), np.zeros(0, np.bool_))
    done = augmentation.augment(one, unchanged(), contract).picture
    want = resize(red, plan(96, 64, contract), contract)
    assert np.abs(done.astype(int) - want).max() <= 1


def test_real_pictures_agree_with_their_labels(shared: Path) -> None:
    """A picture's own pixels inside a moved box are those of the box before."""
    from train2edge.datasets.picture import read_picture

    file = sorted((shared / "data" / "vehicles" / "train" / "images").glob("*.jpg"))[0]
    picture = read_picture(file)
    box = np.array([[100, 120, 300, 320]], np.float32)
    one = View(picture, box, np.zeros(1, np.int32), np.zeros(1, np.bool_))
    mirror = np.array([[-1.0, 0, 416], [0, 1, 0], [0, 0, 1]])
    contract = InputContract(416, 416)
    done = augmentation.augment(one, Change(mirror, np.eye(3, 4), 0), contract)
    left, top, right, bottom = done.boxes[0].astype(int)
    before = picture[120:320, 100:300][:, ::-1]
    assert np.array_equal(done.picture[top:bottom, left:right], before)
