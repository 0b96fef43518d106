from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.trainer import toys
from train2edge.cli import run
from train2edge.errors import InputError
from train2edge.evaluation.drawing import RIGHT
from train2edge.spec.experiment import Experiment
from train2edge.spec.loader import save
from trainer.augmented.sheet import draw_pair, plan_sheet, write_sheet
from trainer.loader import Loader
from trainer.plan import plan_training
from trainer.train import examples_of, samples_of


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return toys.pictures(tmp_path / "data")


def far(data: Path, **augmentation: float) -> Experiment:
    """Shifts that push objects over the edge and out of the picture."""
    shift = {"translate_x": 0.9, "mosaic": 0.0, "rotate": 0.0, **augmentation}
    return Experiment.model_validate({**toys.experiment(data).model_dump(), "augmentation": shift})


def test_it_shows_what_training_sees_first(data: Path) -> None:
    spec = toys.experiment(data)
    sheet = plan_sheet(spec, 4, epoch=2)
    plan = plan_training(spec, samples_of(spec))
    examples = examples_of(spec, plan, samples_of(spec))
    order = Loader(examples, spec.training.batch_size, seed=spec.seed).order(1)
    assert sheet.indices == tuple(order[:4].tolist())
    for index in sheet.indices:
        shown = sheet.examples.view(1, index)
        assert np.array_equal(shown.picture, examples.view(1, index).picture)


def test_whole_cut_off_and_dropped_objects_are_counted_as_training_has_them(data: Path) -> None:
    spec = far(data)
    sheet = plan_sheet(spec, 8)
    fates: Counter[str] = Counter()
    for one in sheet.indices:
        fates += draw_pair(sheet, one)[1]
    assert fates["cut off"] and fates["dropped"] and fates["ignored"] == 0
    learned = sum(len(sheet.examples.view(0, one).boxes) for one in sheet.indices)
    assert learned == fates["whole"] + fates["cut off"]
    assert sum(fates.values()) == len(sheet.indices)  # one object a picture


def test_a_region_that_every_class_ignores_is_shown_once(data: Path) -> None:
    for label in (data / "labels").iterdir():
        with label.open("a") as file:
            file.write("DontCare -1 -1 -10 2 2 9 9 0 0 0 0 0 0 0\n")
    sheet = plan_sheet(toys.experiment(data), 1)
    assert len(sheet.examples.samples[0].boxes) == 3  # an object, and the region for two classes
    spec = far(data, translate_x=0.0)
    assert draw_pair(plan_sheet(spec, 1), 0)[1] == {"whole": 1, "ignored": 1}


def test_boxes_are_drawn_where_objects_are(data: Path) -> None:
    """The frame around a white square, in the colour of whole ones, at the network's size."""
    still = {"translate_x": 0.0, "translate_y": 0.0, "zoom_min": 1.0, "zoom_max": 1.0, "hflip": 0.0}
    colors = dict.fromkeys(("hue", "saturation", "contrast", "brightness"), 0.0)
    sheet = plan_sheet(far(data, **still, **colors), 1)
    pair, _ = draw_pair(sheet, 0)
    drawn = np.asarray(cv2.imdecode(np.frombuffer(pair, np.uint8), cv2.IMREAD_COLOR))[:, :, ::-1]
    after = drawn[:, -drawn.shape[0] :].astype(int)  # a square input, enlarged
    scale = after.shape[0] / toys.SIZE
    left, top, right, bottom = sheet.examples.samples[0].boxes[0] * scale
    middle = int((left + right) / 2), int((top + bottom) / 2)
    edges = [(middle[0], bottom), (left, middle[1]), (right, middle[1])]
    for x, y in edges:
        around = after[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].reshape(-1, 3)
        assert np.abs(around - RIGHT).sum(1).min() < 60
    assert np.abs(after[middle[1], middle[0]] - RIGHT).sum() > 100


def test_the_command_writes_a_page_and_may_write_it_again(tmp_path: Path, data: Path) -> None:
    save(toys.experiment(data), tmp_path / "spec.yaml")
    command = ["data", "augment", str(tmp_path / "spec.yaml"), "-o", str(tmp_path / "out")]
    assert run([*command, "--sheet", "3", "--dry-run"]) == 0
    assert not (tmp_path / "out").exists()
    for count in (3, 2):
        assert run([*command, "--sheet", str(count)]) == 0
        assert len(list((tmp_path / "out" / "pictures").glob("*.jpg"))) == count
    page = (tmp_path / "out" / "sheet.html").read_text()
    assert "cut off (" in page and page.count("data:image/jpeg") == 2


def test_a_classifier_is_shown_its_objects(tmp_path: Path, data: Path) -> None:
    report = write_sheet(plan_sheet(toys.classification(data), 3), tmp_path / "out")
    assert report.pictures == 3 and not any(report.objects.values())


def test_an_epoch_that_is_not_there(data: Path) -> None:
    with pytest.raises(InputError, match="9 is not one of the training's 3 epochs"):
        plan_sheet(toys.experiment(data), 1, epoch=9)
