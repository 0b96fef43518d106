"""Old specifications as their users have them, small; and the import of a text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from train2edge.spec.tlt.options import Options
from train2edge.spec.tlt.outcome import Outcome
from train2edge.spec.tlt.paths import Paths
from train2edge.spec.tlt.run import Imported, import_specs

DETECTNET = """\
random_seed: 7
model_config {
  arch: "resnet"
  num_layers: 18
  pretrained_model_file: "/workspace/tlt-experiments/resnet18.hdf5"
  freeze_blocks: 0
  freeze_blocks: 1
  dropout_rate: 0.1
  use_batch_norm: true
  objective_set { bbox { scale: 35.0 offset: 0.5 } cov {} }
}
bbox_rasterizer_config {
  target_class_config {
    key: "person"
    value {
      cov_center_x: 0.5 cov_center_y: 0.4
      cov_radius_x: 1.0 cov_radius_y: 1.0 bbox_min_radius: 1.0
    }
  }
  target_class_config {
    key: "car"
    value {
      cov_center_x: 0.5 cov_center_y: 0.4
      cov_radius_x: 0.4 cov_radius_y: 1.0 bbox_min_radius: 1.0
    }
  }
  deadzone_radius: 0.67
}
cost_function_config {
  target_classes {
    name: "person"
    class_weight: 4.0
    coverage_foreground_weight: 0.05
    objectives { name: "cov" initial_weight: 1.0 weight_target: 2.0 }
    objectives { name: "bbox" initial_weight: 10.0 weight_target: 3.0 }
  }
  target_classes {
    name: "car"
    class_weight: 1.0
    coverage_foreground_weight: 0.0500000007451
    objectives { name: "cov" initial_weight: 1.0 weight_target: 2.0 }
    objectives { name: "bbox" initial_weight: 10.0 weight_target: 3.0 }
  }
  enable_autoweighting: True
  max_objective_weight: 0.9999
  min_objective_weight: 0.01
}
augmentation_config {
  preprocessing {
    output_image_width: 1248
    output_image_height: 384
    output_image_channel: 3
    crop_right: 1248
    crop_bottom: 384
    min_bbox_width: 1.0
    min_bbox_height: 2.0
  }
  spatial_augmentation {
    hflip_probability: 0.25
    zoom_min: 1.0
    zoom_max: 1.0
    translate_max_x: 8.0
    translate_max_y: 8.0
    rotate_rad_max: 0.69
  }
  color_augmentation {
    color_shift_stddev: 0.1
    hue_rotation_max: 25.0
    saturation_shift_max: 0.2
    contrast_scale_max: 0.1
    contrast_center: 0.4
  }
}
dataset_config {
  data_sources: {
    tfrecords_path: "/workspace/tlt-experiments/tfrecords/*"
    image_directory_path: "/workspace/tlt-experiments/data"
  }
  target_class_mapping { key: "cyclist" value: "person" }
  target_class_mapping { key: "person" value: "person" }
  target_class_mapping { key: "van" value: "car" }
  target_class_mapping { key: "tram" value: "train" }
  image_extension: "png"
  validation_fold: 0
}
postprocessing_config {
  target_class_config {
    key: "person"
    value { clustering_config {
      coverage_threshold: 0.005
      dbscan_eps: 0.15
      dbscan_min_samples: 0.05
      dbscan_confidence_threshold: 0.9
      minimum_bounding_box_height: 20
    } }
  }
  target_class_config {
    key: "car"
    value { clustering_config {
      coverage_threshold: 0.005 dbscan_eps: 0.15 dbscan_confidence_threshold: 0.9
    } }
  }
}
training_config {
  batch_size_per_gpu: 4
  num_epochs: 120
  enable_qat: true
  checkpoint_interval: 10
  learning_rate {
    soft_start_annealing_schedule {
      min_learning_rate: 5e-06
      max_learning_rate: 5e-04
      soft_start: 0.10000000149
      annealing: 0.699999988079
    }
  }
  regularizer { type: L1 weight: 3.00000002618e-09 }
  optimizer { adam { epsilon: 1e-08 beta1: 0.9 beta2: 0.99 } }
}
evaluation_config {
  average_precision_mode: INTEGRATE
  validation_period_during_training: 10
  first_validation_epoch: 30
  minimum_detection_ground_truth_overlap { key: "person" value: 0.5 }
  minimum_detection_ground_truth_overlap { key: "car" value: 0.7 }
  evaluation_box_config { key: "car" value { minimum_height: 20 } }
}
"""

CONVERT = """\
kitti_config {
  root_directory_path: "/workspace/tlt-experiments/data"
  image_dir_name: "images"
  label_dir_name: "labels"
  image_extension: ".png"
  partition_mode: "random"
  num_partitions: 2
  val_split: 14
  num_shards: 10
}
image_directory_path: "/workspace/tlt-experiments/data"
"""

CLASSIFICATION = """\
model_config {
  arch: "mobilenet_v2",
  use_batch_norm: true
  freeze_blocks: 0
  freeze_blocks: 1
  dropout: 0.3
  input_image_size: "3,224,100"
}
train_config {
  train_dataset_path: "/workspace/split/train"
  val_dataset_path: "/workspace/split/val"
  pretrained_model_path: "/workspace/mobilenet_v2.hdf5"
  optimizer { sgd { lr: 0.01 decay: 0.0 momentum: 0.9 nesterov: False } }
  batch_size_per_gpu: 64
  n_epochs: 80
  n_workers: 16
  preprocess_mode: "caffe"
  enable_random_crop: True
  disable_horizontal_flip: True
  label_smoothing: 0.1
  reg_config { type: "L2" scope: "Conv2D,Dense" weight_decay: 0.00005 }
  lr_config { step { learning_rate: 0.006 step_size: 10 gamma: 0.1 } }
}
eval_config {
  eval_dataset_path: "/workspace/split/test"
  model_path: "/workspace/out/weights.tlt"
  top_k: 3
}
"""

SSD = """\
random_seed: 42
ssd_config { arch: "resnet" nlayers: 10 scales: "[0.1, 0.2]" freeze_bn: false }
training_config {
  batch_size_per_gpu: 16
  num_epochs: 80
  learning_rate {
    soft_start_annealing_schedule {
      min_learning_rate: 5e-5 max_learning_rate: 2e-2 soft_start: 0.15 annealing: 0.8
    }
  }
  regularizer { type: NO_REG weight: 3e-5 }
}
eval_config { average_precision_mode: SAMPLE matching_iou_threshold: 0.5 batch_size: 16 }
nms_config { confidence_threshold: 0.01 clustering_iou_threshold: 0.6 top_k: 200 }
augmentation_config { output_width: 300 output_height: 304 output_channel: 3 }
dataset_config {
  data_sources { label_directory_path: "/data/labels" image_directory_path: "/data/images" }
  target_class_mapping { key: "b" value: "bus" }
  target_class_mapping { key: "cell phone" value: "cell phone" }
  validation_data_sources { label_directory_path: "/v/labels" image_directory_path: "/v/images" }
}
"""


# of two steps and toy pictures: tests train with it
SMALL = """\
dataset_config {
  data_sources {
    tfrecords_path: "/workspace/tlt-experiments/tfrecords/*"
    image_directory_path: "/workspace/tlt-experiments/data"
  }
  target_class_mapping { key: "square" value: "square" }
  target_class_mapping { key: "disc" value: "disc" }
  validation_fold: 0
}
augmentation_config {
  preprocessing { output_image_width: 64 output_image_height: 64 output_image_channel: 3 }
  spatial_augmentation { hflip_probability: 0.5 zoom_min: 1.0 zoom_max: 1.0 translate_max_x: 4 }
}
model_config { arch: "resnet" num_layers: 10 }
cost_function_config {
  target_classes {
    name: "square" class_weight: 1 coverage_foreground_weight: 0.05
    objectives { name: "cov" initial_weight: 1 weight_target: 1 }
    objectives { name: "bbox" initial_weight: 10 weight_target: 10 }
  }
  target_classes {
    name: "disc" class_weight: 2 coverage_foreground_weight: 0.05
    objectives { name: "cov" initial_weight: 1 weight_target: 1 }
    objectives { name: "bbox" initial_weight: 10 weight_target: 10 }
  }
}
bbox_rasterizer_config { deadzone_radius: 0.67 }
training_config {
  batch_size_per_gpu: 4 num_epochs: 1
  learning_rate { soft_start_annealing_schedule {
    min_learning_rate: 5e-6 max_learning_rate: 5e-4 soft_start: 0.1 annealing: 0.7
  } }
  regularizer { type: L1 weight: 3e-9 }
}
"""


def imported(
    folder: Path, *texts: str, options: Options | None = None, maps: Sequence[tuple[str, str]] = ()
) -> Imported:
    """The texts as files ``0.txt``, ``1.txt``, ... of ``folder``, imported together."""
    files = []
    for number, text in enumerate(texts):
        files.append(folder / f"{number}.txt")
        files[-1].write_text(text)
    return import_specs(files, options or Options(), Paths(maps, folder=folder))


def values(found: Imported) -> dict[str, Any]:
    """The written experiment as plain values."""
    data = yaml.safe_load(found.text)
    assert isinstance(data, dict)
    return data


def outcome(found: Imported, key: str) -> Outcome:
    (one,) = [one for one in found.outcomes if one.key == key]
    return one
