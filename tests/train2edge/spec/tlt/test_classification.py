"""Classifiers: TLT's protobuf text, its older form, and TAO's YAML."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.train2edge.spec.tlt import old
from train2edge.spec.tlt.options import Options


def test_the_whole_experiment_value_by_value(tmp_path: Path) -> None:
    found = old.imported(tmp_path, old.CLASSIFICATION, options=Options(classes=("b", "a")))
    assert old.values(found) == {
        "name": "0",
        "task": "classification",
        "dataset": {
            "classes": ["b", "a"],
            "train": [{"format": "image_folder", "images": "/workspace/split/train"}],
            "validation": [{"format": "image_folder", "images": "/workspace/split/val"}],
            "test": [{"format": "image_folder", "images": "/workspace/split/test"}],
            "minimum_box": 0.0,
        },
        "model": {
            "architecture": "classifier",
            "backbone": "mobilenet_v2",
            "input": {"width": 96, "height": 224, "maintain_aspect_ratio": False},
            "pretrained": {"name": "mobilenet_v2_imagenet"},
            "freeze_blocks": [0, 1],
            "dropout": 0.3,
        },
        "augmentation": {
            "hflip": 0.0,
            "vflip": 0.0,
            "zoom_min": 1.0,
            "zoom_max": 1.25,
            "translate_x": 0.1,
            "translate_y": 0.1,
            "rotate": 0.0,
            "rotate_probability": 1.0,
            "hue": 0.0,
            "saturation": 0.0,
            "contrast": 0.0,
            "contrast_center": 0.5,
            "brightness": 0.0,
        },
        "training": {
            "epochs": 80,
            "batch_size": 64,
            "schedule": {
                "minimum": pytest.approx(0.006 * 1e-6),
                "maximum": 0.006,
                "soft_start": 0.0,
                "annealing": 0.0,
            },
            "optimizer": "sgd",
            "head_lr": 1.0,
            "regularizer": {"type": "L2", "weight": 5e-5},
            "cost": {"label_smoothing": 0.1, "class_balance": "none"},
            "grad_clip": 0.0,
            "workers": 16,
        },
    }
    told = old.outcome(found, "train_config.pretrained_model_path")
    assert (told.verdict, "ImageNet weights of mobilenet_v2" in told.why) == ("changed", True)
    assert "not possible" in old.outcome(found, "train_config.optimizer.sgd.nesterov").verdict


def test_classes_are_the_folders_where_they_are(tmp_path: Path) -> None:
    for name in ("cat", "my dog"):
        folder = tmp_path / "here/split/train" / name
        folder.mkdir(parents=True)
        cv2.imwrite(str(folder / "1.png"), np.zeros((8, 8, 3), np.uint8))
    found = old.imported(
        tmp_path, old.CLASSIFICATION, maps=[("/workspace", str(tmp_path / "here"))]
    )
    dataset = old.values(found)["dataset"]
    assert dataset["classes"] == ["cat", "my_dog"]
    assert dataset["map"] == {"my dog": "my_dog"}
    assert not found.open


def test_classes_that_nobody_knows_are_to_be_written(tmp_path: Path) -> None:
    found = old.imported(tmp_path, old.CLASSIFICATION)
    assert found.open == ("dataset.classes",)
    assert "# TO BE WRITTEN: " in found.text


def test_validation_pictures_are_no_test(tmp_path: Path) -> None:
    found = old.imported(tmp_path, old.CLASSIFICATION.replace("split/test", "split/val"))
    assert "test" not in old.values(found)["dataset"]
    assert old.outcome(found, "eval_config.eval_dataset_path").verdict == "not needed here"


def test_the_form_of_tlt_1_and_2(tmp_path: Path) -> None:
    text = old.CLASSIFICATION.replace(
        "optimizer { sgd { lr: 0.01 decay: 0.0 momentum: 0.9 nesterov: False } }",
        'optimizer: "sgd"',
    ).replace(
        "lr_config { step { learning_rate: 0.006 step_size: 10 gamma: 0.1 } }",
        'lr_config { scheduler: "soft_anneal" learning_rate: 0.005 soft_start: 0.056 '
        'annealing_points: "0.3, 0.6, 0.8" annealing_divider: 10 }',
    )
    training = old.values(old.imported(tmp_path, text))["training"]
    assert training["optimizer"] == "sgd"
    assert training["schedule"] == {
        "minimum": pytest.approx(5e-6),
        "maximum": 0.005,
        "soft_start": 0.056,
        "annealing": 0.3,
    }


TF2 = """\
results_dir: /results
dataset:
  train_dataset_path: /data/train
  val_dataset_path: /data/val
  augmentation: {enable_color_augmentation: True}
train:
  qat: False
  checkpoint: ''
  batch_size_per_gpu: 64
  num_epochs: 80
  optim_config: {optimizer: sgd}
  lr_config: {scheduler: cosine, learning_rate: 0.05, soft_start: 0.05}
  reg_config: {type: L2, scope: [conv2d, dense], weight_decay: 0.00005}
model: {backbone: efficientnet-b0, input_width: 256, input_height: 250}
prune: {threshold: 0.68, equalization_criterion: union}
"""


def test_tao_with_tensorflow_2(tmp_path: Path) -> None:
    found = old.imported(tmp_path, TF2)
    values = old.values(found)
    assert values["model"]["backbone"] == "mobilenet_v2"
    assert values["model"]["input"]["height"] == 256
    assert values["pruning"] == {"threshold": 0.68, "equalization": "union"}
    schedule = values["training"]["schedule"]
    assert schedule["soft_start"] == schedule["annealing"] == 0.05
    assert values["augmentation"]["hflip"] == 0.5
    assert values["augmentation"]["hue"] > 0
    assert any("efficientnet_b0 is not here" in one for one in found.statements)


PYT = """\
dataset:
  dataset: CLDataset
  batch_size: 32
  img_size: 224
  train_dataset: {images_dir: /data/train}
  augmentation:
    random_flip: {hflip_probability: 0.5, vflip_probability: 0.3, enable: True}
    random_color: {brightness: 0.4, enable: False}
train:
  num_epochs: 20
  checkpoint_interval: 2
  validation_interval: ${train.checkpoint_interval}
  optim: {lr: 0.001, optim: adam, policy: cosine, weight_decay: 0.05, warmup_epochs: 5}
model:
  backbone: {type: resnet_18}
  head: {topk: [1]}
"""


def test_tao_with_pytorch(tmp_path: Path) -> None:
    values = old.values(old.imported(tmp_path, PYT))
    assert values["model"]["backbone"] == "resnet18"
    assert values["augmentation"]["vflip"] == 0.3
    assert values["augmentation"]["brightness"] == 0.0
    training = values["training"]
    assert training["validate_every"] == 2
    assert training["schedule"]["soft_start"] == 0.25
    # adam's decay is a penalty: half of it times the squares
    assert training["regularizer"] == {"type": "L2", "weight": 0.025}
    assert "weight_decay" not in training
    assert math.isclose(training["schedule"]["minimum"], 1e-6)
