"""DetectNet_v2: every value keeps its meaning, and every key gets a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.train2edge.spec.tlt import old
from train2edge.spec.tlt.book import UNKNOWN
from train2edge.spec.tlt.read import read
from train2edge.spec.tlt.run import Imported


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    return old.imported(tmp_path_factory.mktemp("old"), old.DETECTNET)


def test_the_whole_experiment_value_by_value(found: Imported) -> None:
    data = "/workspace/tlt-experiments/data"
    assert old.values(found) == {
        "name": "0",
        "seed": 7,
        "dataset": {
            "classes": ["person", "car"],
            "map": {"cyclist": "person", "van": "car", "tram": None, "car": None},
            "train": [
                {"format": "kitti", "images": f"{data}/image_2", "labels": f"{data}/label_2"}
            ],
            "split": {"validation": 0.15, "method": "random"},
            "minimum_box": 2.0,
        },
        "model": {
            "backbone": "resnet18",
            "input": {"width": 1248, "height": 384, "maintain_aspect_ratio": False},
            "dropout": 0.1,
        },
        "augmentation": {
            "hflip": 0.25,
            "vflip": 0.0,
            "zoom_min": 1.0,
            "zoom_max": 1.0,
            "translate_x": pytest.approx(8 / 1248),
            "translate_y": pytest.approx(8 / 384),
            "rotate": pytest.approx(39.534, abs=1e-3),
            "rotate_probability": 1.0,
            "hue": 25.0,
            "saturation": 0.2,
            "contrast": 0.1,
            "contrast_center": 0.4,
            "brightness": 0.2,
        },
        "training": {
            "epochs": 120,
            "batch_size": 4,
            "schedule": {
                "minimum": 5e-6,
                "maximum": 5e-4,
                "soft_start": 0.1,
                "annealing": 0.7,
            },
            "optimizer": "adam",
            "head_lr": 1.0,
            "regularizer": {"type": "L1", "weight": 3e-9},
            "rasterizer": {
                "cov_center_x": 0.5,
                "cov_center_y": 0.4,
                "cov_radius_x": 1.0,
                "cov_radius_y": 1.0,
                "bbox_min_radius": 1.0,
                "deadzone_radius": 0.67,
            },
            "cost": {
                "coverage": 2.0,
                "bbox": 3.0,
                "autoweighting": True,
                "coverage_foreground_weight": 0.05,
                "classes": {"person": {"class_weight": 4.0}, "car": {"class_weight": 1.0}},
            },
            "grad_clip": 0.0,
            "validate_every": 10,
            "validate_from": 30,
        },
        "evaluation": {
            "average_precision": "integrate",
            "iou": 0.5,
            "clustering": {
                "mode": "dbscan",
                "eps": 0.15,
                "min_boxes": 1,
                "dbscan_min_score": 0.9,
                "pre_cluster": 0.005,
            },
        },
        "quantization": {"when": "always"},
    }


def test_no_key_goes_without_a_word(found: Imported, tmp_path: Path) -> None:
    file = tmp_path / "old.txt"
    file.write_text(old.DETECTNET)
    assert [one.key for one in found.outcomes] == [leaf.name for leaf in read(file).walk()]
    assert all(one.why for one in found.outcomes if one.verdict != "taken over")
    assert all(one.to for one in found.outcomes if one.verdict in ("taken over", "changed"))


@pytest.mark.parametrize(
    ("key", "verdict", "why"),
    [
        ("training_config.num_epochs", "taken over", ""),
        (
            "augmentation_config.spatial_augmentation.translate_max_x",
            "changed",
            "8 of 1248 pixels",
        ),
        ("augmentation_config.spatial_augmentation.rotate_rad_max", "changed", "radians"),
        ("model_config.pretrained_model_file", "not possible here", "resnet18 with torchvision's"),
        ("model_config.freeze_blocks[1]", "not possible here", "model.freeze_blocks: [0, 1]"),
        ("training_config.optimizer.adam.beta1", "not needed here", "the same here"),
        ("training_config.optimizer.adam.beta2", "not possible here", "0.999"),
        ("cost_function_config.max_objective_weight", "not needed here", "the same here"),
        ("cost_function_config.min_objective_weight", "not possible here", "0.0001"),
        ("evaluation_config.minimum_detection_ground_truth_overlap[car]", "changed", "car 0.7"),
        ("evaluation_config.evaluation_box_config[car].minimum_height", "not possible here", ""),
        ("dataset_config.data_sources.tfrecords_path", "not needed here", "made from"),
        ("dataset_config.target_class_mapping[tram]", "changed", "null"),
        ("augmentation_config.preprocessing.crop_right", "not needed here", "whole"),
    ],
)
def test_what_became_of_a_key(found: Imported, key: str, verdict: str, why: str) -> None:
    one = old.outcome(found, key)
    assert one.verdict == verdict
    assert why in one.why


def test_every_value_names_its_key_and_line(found: Imported) -> None:
    line = old.DETECTNET[: old.DETECTNET.index("num_epochs")].count("\n") + 1
    assert f"# training_config.num_epochs (line {line})\n  epochs: 120\n" in found.text


def test_autoweighting_decides_which_weight_counts(tmp_path: Path) -> None:
    plain = old.DETECTNET.replace("enable_autoweighting: True", "")
    cost = old.values(old.imported(tmp_path, plain))["training"]["cost"]
    assert (cost["coverage"], cost["bbox"]) == (1.0, 10.0)


def test_early_stopping_schedule_in_epochs(tmp_path: Path) -> None:
    head, _, rest = old.DETECTNET.partition("    soft_start_annealing_schedule {")
    new = """    early_stopping_annealing_schedule {
      min_learning_rate: 1e-6 max_learning_rate: 1e-4
      soft_start_epochs: 6 annealing_epochs: 30 patience_steps: 5
    }"""
    text = head + new + rest.partition("    }")[2]
    training = old.values(old.imported(tmp_path, text))["training"]
    assert training["schedule"] == {
        "minimum": 1e-6,
        "maximum": 1e-4,
        "soft_start": 0.05,
        "annealing": 0.75,
    }
    assert training["early_stop"] == 5


def test_a_zoom_keeps_its_scales_and_tells_its_place(tmp_path: Path) -> None:
    text = old.DETECTNET.replace("zoom_max: 1.0", "zoom_max: 1.5")
    found = old.imported(tmp_path, text)
    assert old.values(found)["augmentation"]["zoom_max"] == 1.5
    told = old.outcome(found, "augmentation_config.spatial_augmentation.zoom_max")
    assert (told.verdict, "middle" in told.why) == ("changed", True)


@pytest.mark.parametrize(("name", "new"), [("no", "no"), ("v1.2", "v1.2"), ("big car", "big_car")])
def test_classes_of_odd_names(tmp_path: Path, name: str, new: str) -> None:
    found = old.imported(tmp_path, old.DETECTNET.replace('"car"', f'"{name}"'))
    data = old.values(found)
    assert data["dataset"]["classes"] == ["person", new]
    assert data["dataset"]["map"]["van"] == new
    assert data["training"]["cost"]["classes"][new] == {"class_weight": 1.0}
    assert data["evaluation"]["clustering"]["eps"] == 0.15
    assert [one.key for one in found.outcomes if one.why == UNKNOWN] == []
