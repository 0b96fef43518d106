"""The old changes of pictures and rates and ours, computed side by side."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.train2edge.spec.tlt import old
from train2edge.contract import InputContract
from train2edge.spec.augmentation import Augmentation
from train2edge.spec.training import Schedule
from trainer.change import draw
from trainer.schedule import learning_rate

WIDTH, HEIGHT = 1248, 384
SHIFT, ANGLE, DRAWS = 8.0, 0.69, 4000
PROGRESS = np.linspace(0, 1, 41)


@pytest.fixture(scope="module")
def matrices(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """Our spatial matrices for the old file, ``[DRAWS, 3, 3]``."""
    folder = tmp_path_factory.mktemp("old")
    text = old.DETECTNET.replace("hflip_probability: 0.25", "hflip_probability: 0.0")
    spec = Augmentation.model_validate(old.values(old.imported(folder, text))["augmentation"])
    contract = InputContract(WIDTH, HEIGHT, maintain_aspect_ratio=False)
    rng = np.random.default_rng(5)
    return np.stack([draw(spec, contract, rng).spatial for _ in range(DRAWS)])


def test_shifts_are_as_many_pixels(matrices: np.ndarray) -> None:
    """TLT shifts the picture's middle by up to 8 pixels either way, after the rotation."""
    middle = np.array([WIDTH / 2, HEIGHT / 2, 1])
    moved = np.abs((matrices @ middle)[:, :2] - middle[:2])
    assert moved.max(0) == pytest.approx([SHIFT, SHIFT], rel=0.01)
    assert moved.mean(0) == pytest.approx([SHIFT / 2, SHIFT / 2], rel=0.05)


def test_rotations_go_as_far_and_are_as_frequent(matrices: np.ndarray) -> None:
    """TLT turns every picture, evenly between -0.69 and 0.69 radians."""
    angles = np.abs(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    assert angles.max() == pytest.approx(ANGLE, rel=0.01)
    assert angles.mean() == pytest.approx(ANGLE / 2, rel=0.05)


def test_colours_go_as_far(tmp_path: Path) -> None:
    """Hue alone: TLT turns colours about the grey axis by up to 25 degrees."""
    text = old.DETECTNET
    for key in ("color_shift_stddev: 0.1", "saturation_shift_max: 0.2", "contrast_scale_max: 0.1"):
        text = text.replace(key, f"{key.split(':')[0]}: 0.0")
    spec = Augmentation.model_validate(old.values(old.imported(tmp_path, text))["augmentation"])
    rng = np.random.default_rng(5)
    contract = InputContract(WIDTH, HEIGHT)
    turns = [draw(spec, contract, rng).color for _ in range(2000)]
    cosines = np.array([(np.trace(one[:, :3]) - 1) / 2 for one in turns])
    assert math.degrees(np.arccos(cosines.min())) == pytest.approx(25, rel=0.01)
    assert np.allclose([one[:, 3] for one in turns], 0)


def schedule_of(folder: Path, config: str) -> Schedule:
    start, end = old.CLASSIFICATION.index("  lr_config"), old.CLASSIFICATION.index("}\neval_config")
    text = f"{old.CLASSIFICATION[:start]}  lr_config {{ {config} }}\n{old.CLASSIFICATION[end:]}"
    found = old.values(old.imported(folder, text))["training"]["schedule"]
    return Schedule.model_validate(found)


def test_step_is_the_same_curve(tmp_path: Path) -> None:
    """TLT's step: rate x gamma ^ (per cent of the training / step size), with no steps in it."""
    schedule = schedule_of(tmp_path, "step { learning_rate: 0.006 step_size: 25 gamma: 0.5 }")
    for progress in PROGRESS:
        theirs = 0.006 * 0.5 ** (100 * progress / 25)
        assert learning_rate(progress, schedule) == pytest.approx(theirs, rel=1e-4)


def test_cosine_has_the_same_ends(tmp_path: Path) -> None:
    config = "cosine { learning_rate: 0.05 min_lr_ratio: 0.001 soft_start: 0.2 }"
    schedule = schedule_of(tmp_path, config)
    assert learning_rate(0.0, schedule) == pytest.approx(0.05 * 0.001)
    assert learning_rate(0.2, schedule) == pytest.approx(0.05)
    assert learning_rate(1.0, schedule) == pytest.approx(0.05 * 0.001)


def test_soft_anneal_ends_at_the_same_rate(tmp_path: Path) -> None:
    schedule = schedule_of(
        tmp_path,
        "soft_anneal { learning_rate: 0.05 soft_start: 0.056 annealing_divider: 10 "
        "annealing_points: 0.3 annealing_points: 0.6 }",
    )
    assert learning_rate(0.3, schedule) == pytest.approx(0.05)
    assert learning_rate(1.0, schedule) == pytest.approx(0.0005)


def test_soft_start_annealing_is_the_same_curve(tmp_path: Path) -> None:
    found = old.values(old.imported(tmp_path, old.DETECTNET))["training"]["schedule"]
    schedule = Schedule.model_validate(found)
    low, high = math.log(5e-6), math.log(5e-4)
    for progress in PROGRESS:
        up, down = progress / 0.1, (1 - progress) / (1 - 0.7)
        height = up if progress < 0.1 else down if progress > 0.7 else 1.0
        theirs = math.exp(low + height * (high - low))
        assert learning_rate(progress, schedule) == pytest.approx(theirs, rel=1e-5)
