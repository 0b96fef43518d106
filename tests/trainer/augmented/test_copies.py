"""A coloured square on grey is found again by its colour where its label says it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.train2edge.datasets import toys
from train2edge.cli import run
from train2edge.datasets.header import file_header
from train2edge.datasets.load import load, reader
from train2edge.datasets.picture import read_picture
from train2edge.datasets.reading import LabelledBox, LabelledPicture
from train2edge.datasets.task import experiment_of
from train2edge.errors import InputError, ProblemsError
from train2edge.spec.augmentation import Augmentation
from train2edge.spec.dataset import Source
from train2edge.spec.experiment import Experiment
from trainer.augmented.copies import changed, write_copies
from trainer.augmented.plan import plan_copies

SIZE = (161, 121)  # odd: nothing may round it to the network's even sizes
RED = (200, 30, 30)
COLORS = ("hue", "saturation", "contrast", "brightness")
PLACE = Augmentation(
    vflip=0.3, shear_x=0.1, hue=0, saturation=0, contrast=0, brightness=0, translate_x=0.2
)


def squares(folder: Path, count: int = 6, suffix: str = ".png", **source: Any) -> Source:
    """KITTI pictures of a red rectangle on grey, labelled ``car``, sizes as they come."""
    rng = np.random.default_rng(5)
    (folder / "labels").mkdir(parents=True)
    (folder / "images").mkdir()
    for number in range(count):
        width, height = SIZE[0] + number % 3, SIZE[1] + number % 2
        picture = np.full((height, width, 3), 120, np.uint8)
        left, top = (int(one) for one in rng.integers(20, 60, 2))
        right, bottom = left + 45, top + 35
        picture[top:bottom, left:right] = RED[::-1]
        cv2.imwrite(str(folder / "images" / f"{number:02}{suffix}"), picture)
        text = toys.line("car", left, top, right, bottom)
        (folder / "labels" / f"{number:02}.txt").write_text(text)
    return Source(format="kitti", images=folder / "images", labels=folder / "labels", **source)


def experiment(train: Source, **more: Any) -> Experiment:
    dataset = {"classes": ["car"], "train": [train], "split": {"validation": 0.34}}
    values = {"name": "x", "dataset": dataset, "augmentation": PLACE, "training": {"epochs": 1}}
    return Experiment.model_validate({**values, **more})


def extent(picture: NDArray[np.uint8]) -> list[int]:
    """left, top, right, bottom of what is red."""
    red = picture[..., 0].astype(int) - picture[..., 1] > 85
    rows, columns = np.nonzero(red)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def pictures(folder: Path, source: Source) -> list[LabelledPicture]:
    read = reader(source.format).read(source, ("car",))
    assert not (read.problems or read.unlabelled or read.pictureless or read.corrupt)
    return read.pictures


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = (one for one in folder.rglob("*") if one.is_file())
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in files}


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_boxes_lie_where_the_colour_is(tmp_path: Path, suffix: str) -> None:
    spec = experiment(squares(tmp_path, suffix=suffix))
    report = write_copies(plan_copies(spec, tmp_path / "out", copies=4))
    train = tmp_path / "out" / "train"
    source = Source(format="kitti", images=train / "images", labels=train / "labels")
    found = pictures(train, source)
    assert len(found) == report.pictures["train"] == 16
    seen = 0
    for one in found:
        assert one.image.suffix == suffix and (one.width, one.height) >= SIZE
        for box in one.objects:
            np.testing.assert_allclose(box.box, extent(read_picture(one.image)), atol=1.0)
            seen += 1
    assert seen == report.objects["car"] > 8


def test_without_augmentation_a_copy_is_the_picture_to_the_last_pixel(tmp_path: Path) -> None:
    source = squares(tmp_path)
    none = dict.fromkeys(("hflip", "translate_x", "translate_y", *COLORS), 0.0)
    still = {**none, "zoom_min": 1.0, "zoom_max": 1.0}
    write_copies(plan_copies(experiment(source, augmentation=still), tmp_path / "out", copies=1))
    copies = sorted((tmp_path / "out/train/images").iterdir())
    assert len(copies) == 4
    for copy in copies:
        name = copy.stem.removesuffix("_aug1")
        assert np.array_equal(read_picture(copy), read_picture(tmp_path / f"images/{name}.png"))
        boxes = [
            [float(word) for word in path.read_text().split()[1:8]]
            for path in (
                tmp_path / f"labels/{name}.txt",
                tmp_path / f"out/train/labels/{copy.stem}.txt",
            )
        ]
        assert boxes[0] == boxes[1]


def test_what_the_edge_cuts_off_is_truncated_by_that_much_more() -> None:
    """A shift alone: a fifth of the width to the left or right, and nothing is rounded."""
    still = dict.fromkeys(("hflip", "translate_y", "hue", "saturation", "contrast"), 0.0)
    zoom = {"zoom_min": 1.0, "zoom_max": 1.0, "brightness": 0.0}
    spec = Augmentation(**still, **zoom, translate_x=0.4)
    picture = np.zeros((100, 100, 3), np.uint8)
    boxes = [("a", (0.0, 10.0, 40.0, 30.0), 0.5), ("b", (0.0, 10.0, 40.0, 30.0), -1.0)]
    objects = tuple(LabelledBox(name, box, "", truncated=cut) for name, box, cut in boxes)
    ignored = LabelledBox("DontCare", (0.0, 50.0, 40.0, 80.0), "", ignore=True, truncated=-1.0)
    labelled = LabelledPicture(Path("a.png"), "a", 100, 100, (*objects, ignored), "")
    fates = set()
    for seed in range(40):
        _, done = changed(picture, labelled, spec, (seed,))
        counted = [one for one in done.picture.objects if not one.ignore]
        assert all(one.truncated == -1 for one in done.picture.objects if one.ignore)
        assert len(counted) + done.left_out == 2
        if not counted:
            fates.add("left out")
            continue
        left, _, right, _ = counted[0].box
        seen = (right - left) / 40
        assert seen >= 0.3
        fates.add("cut" if done.cut else "whole")
        truncated = [1 - 0.5 * seen, 1 - seen] if done.cut else [0.5, -1]
        assert [one.truncated for one in counted] == pytest.approx(truncated)
    assert fates == {"cut", "left out", "whole"}


def test_a_seed_gives_the_same_files_whatever_the_workers(tmp_path: Path) -> None:
    spec = experiment(squares(tmp_path))
    for name, workers in (("one", 1), ("four", 4)):
        plan = plan_copies(spec, tmp_path / name, copies=2, links=False)
        write_copies(plan, workers=workers)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "four")
    other = spec.model_copy(update={"seed": 7})
    write_copies(plan_copies(other, tmp_path / "other", copies=2, links=False))
    names = [one for one in bytes_of(tmp_path / "one") if one.startswith("train/images")]
    changed = bytes_of(tmp_path / "other")
    assert all(bytes_of(tmp_path / "one")[name] != changed[name] for name in names)
    assert len({bytes_of(tmp_path / "one")[name] for name in names}) == len(names)


@pytest.mark.parametrize("target", ["coco", "voc", "yolo"])
def test_every_format_is_recognised_and_says_the_same(tmp_path: Path, target: str) -> None:
    squares(tmp_path / "photos")
    boxes, made = {}, ["data", "augment", str(tmp_path / "photos"), "--copies", "2"]
    for name in ("kitti", target):
        out = str(tmp_path / name)
        assert run([*made, "-o", out, "--format", name, "--keep-originals"]) == 0
        assert run(["data", "check", out, "-o", str(tmp_path / "check.json")]) == 0
        record = json.loads((tmp_path / "check.json").read_text())
        counted = {name: part["pictures"] for name, part in record["parts"].items()}
        assert counted == {"train": 15, "validation": 1, "test": 0}
        odd = {one["kind"] for one in record["warnings"]}
        assert odd <= {"rare classes", "near leaks"}
        train = load(experiment_of(tmp_path / name).dataset).train
        boxes[name] = np.concatenate([one.boxes for one in train])
    assert len(boxes["kitti"]) > 8
    np.testing.assert_allclose(boxes[target], boxes["kitti"], atol=0.6)  # VOC has whole pixels


def test_what_is_written_trains_at_once(tmp_path: Path) -> None:
    from train2edge.spec.loader import save

    spec = experiment(
        squares(tmp_path / "photos", count=8),
        model={"backbone": "resnet10", "input": {"width": 64, "height": 64}},
        training={"epochs": 1, "batch_size": 5, "amp": "off"},
        export={"calibration": {"pictures": 4}},
    )
    save(spec, tmp_path / "spec.yaml")
    out = tmp_path / "out"
    rotated = ["--set", "augmentation.rotate=30"]
    made = ["data", "augment", str(tmp_path / "spec.yaml"), "-o", str(out), "--copies", "2"]
    assert run([*made, *rotated]) == 0
    assert run(["data", "check", str(out / "spec.yaml")]) == 0
    assert run(["train", str(out / "spec.yaml"), "-o", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "best.safetensors").is_file()
    assert "rotate: 0.0" in (out / "spec.yaml").read_text(), "--set was for the copies alone"


def test_no_copy_of_a_validation_picture_is_learned(tmp_path: Path) -> None:
    spec = experiment(squares(tmp_path))
    write_copies(plan_copies(spec, tmp_path / "out", copies=1))
    names = {part: _stems(tmp_path / "out" / part / "images") for part in ("train", "valid")}
    assert len(names["valid"]) == 2 and len(names["train"]) == 4
    assert not {name.removesuffix("_aug1") for name in names["train"]} & set(names["valid"])
    assert (tmp_path / "out/valid/images" / f"{names['valid'][0]}.png").is_symlink()


def _stems(folder: Path) -> list[str]:
    return sorted(one.stem for one in folder.iterdir())


def test_pictures_of_two_folders_may_have_one_name(tmp_path: Path) -> None:
    sources = [squares(tmp_path / name, count=2) for name in "ab"]
    dataset = {"classes": ["car"], "train": sources, "split": {"validation": 0}}
    spec = Experiment.model_validate({"name": "x", "dataset": dataset})
    write_copies(plan_copies(spec, tmp_path / "out", copies=1, keep_originals=True))
    assert _stems(tmp_path / "out/train/images") == [
        *("00", "00-2", "00_aug1", "00_aug1-2", "01", "01-2", "01_aug1", "01_aug1-2")
    ]


def test_class_folders_stay_class_folders(tmp_path: Path) -> None:
    for name in ("bus", "car", "van"):
        for number in range(4):
            toys.picture(tmp_path / "photos" / name / f"{number}.jpg", number)
    values = {"classes": ["bus", "car"], "map": {"van": "bus"}, "split": {"validation": 0.25}}
    source = {"format": "image_folder", "images": tmp_path / "photos"}
    spec = Experiment.model_validate(
        {"name": "x", "task": "classification", "dataset": {**values, "train": source}}
    )
    report = write_copies(plan_copies(spec, tmp_path / "out", copies=2), spec)
    assert report.objects == {"bus": 12, "car": 6} and report.left_out == 0
    assert {one.name for one in (tmp_path / "out/train").iterdir()} == {"bus", "car"}
    assert run(["data", "check", str(tmp_path / "out")]) == 0


def test_a_picture_that_cannot_be_decoded_is_left_out_or_refused(tmp_path: Path) -> None:
    source = squares(tmp_path, suffix=".jpg")
    path = tmp_path / "images/00.jpg"
    frame = file_header(path).body + 10
    path.write_bytes(path.read_bytes()[:frame] + b"\xff\xd9")  # whole by its marks alone
    spec = experiment(source, dataset={"classes": ["car"], "train": [source], "split": NOTHING})
    report = write_copies(plan_copies(spec, tmp_path / "out", copies=2))
    assert report.pictures == {"train": 10}
    assert "1 corrupt pictures left out" in report.warnings[-1]
    strict = spec.dataset.model_copy(update={"strict": True})
    plan = plan_copies(spec.model_copy(update={"dataset": strict}), tmp_path / "other", copies=1)
    with pytest.raises(ProblemsError, match=r"00\.jpg"):
        write_copies(plan)
    assert not (tmp_path / "other").exists()


NOTHING = {"validation": 0}


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    spec = experiment(squares(tmp_path))
    with pytest.raises(InputError, match="kitti cannot be written as image_folder"):
        plan_copies(spec, tmp_path / "out", copies=1, target="image_folder")
    dataset = {"classes": ["a"], "train": {"format": "image_folder", "images": tmp_path / "b"}}
    toys.picture(tmp_path / "b" / "b" / "0.jpg")
    dataset |= {"map": {"b": None}, "split": NOTHING}
    named = {"name": "x", "task": "classification", "dataset": dataset}
    with pytest.raises(InputError, match="no picture to learn from"):
        plan_copies(Experiment.model_validate(named), tmp_path / "out", copies=1)
    with pytest.raises(InputError, match="is not empty"):
        plan_copies(spec, tmp_path, copies=1)
