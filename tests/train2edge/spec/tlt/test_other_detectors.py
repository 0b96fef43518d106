"""Detectors that are not trained here: what carries over does, and the rest is told."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.train2edge.spec.tlt import old
from train2edge.spec.tlt.book import UNKNOWN
from train2edge.spec.tlt.options import Options


def test_ssd(tmp_path: Path) -> None:
    found = old.imported(tmp_path, old.SSD)
    values = old.values(found)
    assert values["dataset"]["classes"] == ["bus", "cell_phone"]
    assert values["dataset"]["map"] == {"b": "bus", "cell phone": "cell_phone", "bus": None}
    source = {"format": "kitti", "images": "/data/images", "labels": "/data/labels"}
    assert values["dataset"]["train"] == [source]
    assert values["dataset"]["validation"][0]["labels"] == "/v/labels"
    assert values["model"]["backbone"] == "resnet10"
    assert values["model"]["input"] == {
        "width": 304,
        "height": 304,
        "maintain_aspect_ratio": False,
    }
    assert values["training"]["regularizer"] == {"type": "none", "weight": 3e-5}
    assert values["evaluation"]["clustering"] == {
        "mode": "nms",
        "nms_iou": 0.6,
        "topk": 200,
        "pre_cluster": 0.01,
    }
    assert values["augmentation"]["hflip"] == 0.0  # TLT's default, not ours
    assert any("SSD is not trained here" in one for one in found.statements)
    assert old.outcome(found, "ssd_config.scales").verdict == "not possible here"


def test_ssds_own_augmentation(tmp_path: Path) -> None:
    text = old.SSD.replace(
        "output_channel: 3",
        "output_channel: 1 random_crop_min_scale: 0.5 zoom_out_max_scale: 4.0 brightness: 51 "
        "contrast: 0.5 hue: 18 random_flip: 0.5",
    )
    found = old.imported(tmp_path, text)
    changes = old.values(found)["augmentation"]
    wanted = {"zoom_min": 0.25, "zoom_max": 2.0, "brightness": 0.2, "hue": 36.0, "hflip": 0.5}
    assert {key: changes[key] for key in wanted} == wanted
    assert "three equal" in old.outcome(found, "augmentation_config.output_channel").why


YOLO = (
    old.SSD.replace("ssd_config", "yolov4_config")
    .replace("output_width: 300 output_height: 304", "output_width: 416 output_height: 416")
    .replace(
        "output_channel: 3",
        "output_channel: 3 hue: 0.1 saturation: 1.5 exposure: 1.5 horizontal_flip: 0.5 "
        "vertical_flip: 0 jitter: 0.3 mosaic_prob: 0.4 randomize_input_shape_period: 10",
    )
    .replace(
        "soft_start_annealing_schedule {\n      min_learning_rate: 5e-5 max_learning_rate: 2e-2 "
        "soft_start: 0.15 annealing: 0.8\n",
        "soft_start_cosine_annealing_schedule {\n      min_learning_rate: 1e-7 "
        "max_learning_rate: 1e-4 soft_start: 0.3\n",
    )
)


def test_yolo(tmp_path: Path) -> None:
    found = old.imported(tmp_path, YOLO)
    values = old.values(found)
    assert values["training"]["schedule"] == {
        "minimum": 1e-7,
        "maximum": 1e-4,
        "soft_start": 0.3,
        "annealing": 0.3,
    }
    changes = values["augmentation"]
    assert changes["hue"] == 36.0
    assert changes["mosaic"] == 0.4
    assert changes["zoom_min"] == pytest.approx(1 / 1.6, rel=1e-4)
    jitter = old.outcome(found, "augmentation_config.jitter")
    assert jitter.to.split(", ") == [
        f"augmentation.{key}" for key in ("zoom_min", "zoom_max", "translate_x", "translate_y")
    ]


FRCNN = """\
random_seed: 42
enc_key: 'tlt'
model_config {
  input_image_config {
    image_type: RGB
    size_height_width { height: 384 width: 1280 }
  }
  arch: "resnet:18"
  rpn_stride: 16
}
dataset_config {
  data_sources { image_directory_path: '/d' tfrecords_path: '/t/*' }
  target_class_mapping { key: 'car' value: 'car' }
  validation_fold: 0
}
augmentation_config {
  preprocessing { output_image_width: 1280 output_image_height: 384 output_image_channel: 3 }
  spatial_augmentation { hflip_probability: 0.5 zoom_min: 1.0 zoom_max: 1.0 }
}
training_config {
  enable_augmentation: False
  batch_size_per_gpu: 2
  num_epochs: 12
  learning_rate { step { base_lr: 0.00001 gamma: 1.0 step_size: 30 } }
  optimizer { rmsprop { lr: 0.00001 } }
  regularizer { type: L2 weight: 1e-4 }
}
evaluation_config { use_voc07_11point_metric: False gt_matching_iou_threshold: 0.5 }
"""


def test_faster_rcnn(tmp_path: Path) -> None:
    found = old.imported(tmp_path, FRCNN)
    values = old.values(found)
    assert values["model"]["backbone"] == "resnet18"
    assert values["augmentation"]["hflip"] == 0.0  # enable_augmentation is off
    assert values["training"]["optimizer"] == "adam"
    assert values["training"]["schedule"]["minimum"] == 1e-5
    assert values["evaluation"]["average_precision"] == "integrate"
    assert old.outcome(found, "model_config.rpn_stride").verdict == "not possible here"


def test_faster_rcnn_with_a_smaller_side(tmp_path: Path) -> None:
    text = FRCNN.replace("size_height_width { height: 384 width: 1280 }", "size_min { min: 600 }")
    text = text.replace(
        "output_image_width: 1280 output_image_height: 384",
        "output_image_min: 600 output_image_max: 1000",
    )
    size = old.values(old.imported(tmp_path, text))["model"]["input"]
    assert (size["width"], size["height"]) == (1008, 608)


FRCNN_2 = """\
enc_key: 'tlt'
network_config {
  input_image_config { image_type: RGB size_height_width { height: 384 width: 1248 } }
  feature_extractor: "resnet:10"
  conv_bn_share_bias: False
}
training_config {
  kitti_data_config {
    data_sources { tfrecords_path: '/t/*' image_directory_path: '/d' }
    image_extension: 'png'
    target_class_mapping { key: 'car' value: 'car' }
    validation_fold: 0
  }
  data_augmentation {
    use_augmentation: True
    spatial_augmentation { hflip_probability: 0.5 zoom_min: 1.0 zoom_max: 1.0 translate_max_x: 12 }
  }
  num_epochs: 12
  output_weights: '/w.tlt'
  reg_config { reg_type: 'L2' weight_decay: 1e-4 }
  optimizer { adam { lr: 0.00001 beta_1: 0.9 beta_2: 0.999 decay: 0.0 } }
  lr_scheduler { step { base_lr: 0.00001 gamma: 1.0 step_size: 30 } }
}
"""


def test_faster_rcnn_of_tlt_2(tmp_path: Path) -> None:
    found = old.imported(tmp_path, FRCNN_2)
    values = old.values(found)
    assert values["dataset"]["train"][0]["labels"] == "/d/label_2"
    assert values["model"]["backbone"] == "resnet10"
    assert values["augmentation"]["translate_x"] == pytest.approx(12 / 1248)
    assert values["training"]["regularizer"] == {"type": "L2", "weight": 1e-4}
    assert values["training"]["schedule"]["maximum"] == 1e-5
    assert [one.key for one in found.outcomes if one.why == UNKNOWN] == []


def test_yolo_of_tlt_2_has_the_changes_of_detectnet(tmp_path: Path) -> None:
    start = old.SSD.index("augmentation_config")
    end = old.SSD.index("dataset_config")
    changes = (
        "augmentation_config { preprocessing { output_image_width: 416 output_image_height: 416 }"
        " spatial_augmentation { hflip_probability: 0.5 translate_max_y: 8 } }\n"
    )
    text = (old.SSD[:start] + changes + old.SSD[end:]).replace("ssd_config", "yolo_config")
    values = old.values(old.imported(tmp_path, text))
    assert values["augmentation"]["translate_y"] == pytest.approx(8 / 416)
    assert values["model"]["input"]["width"] == 416


DINO = """\
train:
  num_gpus: 1
  num_epochs: 12
  optim: {lr: 2e-4, lr_backbone: 2e-5, lr_steps: [8, 11]}
dataset:
  train_data_sources:
    - image_dir: /coco/train2017
      json_file: coco.json
  val_data_sources: {image_dir: /coco/val2017, json_file: /coco/val.json}
  num_classes: 91
  batch_size: 4
model: {backbone: fan_small, num_queries: 900}
"""


def test_a_transformer_of_tao_5(tmp_path: Path) -> None:
    values = old.values(old.imported(tmp_path, DINO))
    assert values["dataset"]["train"] == [
        {"format": "coco", "images": "/coco/train2017", "labels": "coco.json"}
    ]
    assert values["dataset"]["validation"][0]["images"] == "/coco/val2017"
    schedule = values["training"]["schedule"]
    assert schedule["annealing"] == pytest.approx(8 / 12, abs=1e-5)
    assert schedule["minimum"] == pytest.approx(2e-6)
    assert values["training"]["optimizer"] == "adamw"


MASK = """\
seed: 123
num_epochs: 10
num_examples_per_epoch: 100
train_batch_size: 2
init_learning_rate: 0.02
learning_rate_steps: "[250, 400]"
learning_rate_decay_levels: "[0.1, 0.01]"
data_config { image_size: "(832, 1344)" val_json_file: "/coco/val.json" num_classes: 91 }
maskrcnn_config { nlayers: 50 arch: "resnet" rpn_fg_fraction: 0.5 }
"""


def test_mask_rcnn_with_its_pictures(tmp_path: Path) -> None:
    options = Options((("pictures", "coco.json"),))
    found = old.imported(tmp_path, MASK, options=options)
    values = old.values(found)
    assert values["dataset"]["train"][0]["format"] == "coco"
    assert (values["model"]["input"]["width"], values["model"]["input"]["height"]) == (1344, 832)
    assert values["training"]["schedule"]["annealing"] == 0.5  # 250 of 500 steps
    assert values["training"]["schedule"]["minimum"] == pytest.approx(2e-4)
    assert "Masks are not learned: boxes alone." in found.statements
    assert "validation" not in values["dataset"]
    told = old.outcome(found, "data_config.val_json_file")
    assert (told.verdict, "dataset.validation:" in told.why) == ("not possible here", True)


def test_classes_of_a_coco_file_keep_the_order_of_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures/1.png"), np.zeros((20, 20, 3), np.uint8))
    box = {"image_id": 1, "bbox": [1, 1, 9, 9]}
    data = {
        "images": [{"id": 1, "file_name": "1.png", "width": 20, "height": 20}],
        "categories": [{"id": 2, "name": "ant"}, {"id": 1, "name": "big zebra"}],
        "annotations": [
            {"id": 1, "category_id": 1, **box},
            {"id": 2, "category_id": 2, **box},
        ],
    }
    (tmp_path / "coco.json").write_text(json.dumps(data))
    pair = (str(tmp_path / "pictures"), str(tmp_path / "coco.json"))
    dataset = old.values(old.imported(tmp_path, MASK, options=Options((pair,))))["dataset"]
    assert dataset["classes"] == ["big_zebra", "ant"]
    assert dataset["map"] == {"big zebra": "big_zebra"}
