"""nvinferserver's own file leads to the same model and the same labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deepstream.twin.elements.networks import write_classifier

pytestmark = pytest.mark.usefixtures("gstreamer")
CONFIG = """
infer_config {
  unique_id: 5
  max_batch_size: 2
  backend { triton { model_name: "colors" version: -1 model_repo { root: "models" } } }
  preprocess {
    network_format: IMAGE_FORMAT_BGR
    tensor_order: TENSOR_ORDER_LINEAR
    maintain_aspect_ratio: 1
    normalize { scale_factor: 0.5 channel_offsets: [1, 2, 3] }
  }
  postprocess { labelfile_path: "colors.txt" %s }
}
input_control {
  process_mode: PROCESS_MODE_CLIP_OBJECTS
  operate_on_gie_id: 1
  operate_on_class_ids: [0, 2]
  interval: 3
  object_control { bbox_filter { min_width: 8 min_height: 9 } }
}
output_control { output_tensor_meta: true classifier_type: "color" }
"""


def written(folder: Path, post: str) -> Path:
    write_classifier(folder)
    for version in (1, 12):
        place = folder / "models/colors" / str(version)
        place.mkdir(parents=True)
        (place / "model.onnx").write_bytes((folder / "classifier.onnx").read_bytes())
    path = folder / "server.txt"
    path.write_text(CONFIG % post)
    return path


def test_every_field_has_its_setting(tmp_path: Path) -> None:
    from deepstream.twin.inference.server import read

    found = read(written(tmp_path, "classification { threshold: 0.25 }"))
    assert found.onnx_file == tmp_path / "models/colors/12/model.onnx"
    assert (found.gie_unique_id, found.batch_size, found.interval) == (5, 2, 3)
    assert (found.model_color_format, found.net_scale_factor) == (1, 0.5)
    assert found.offsets == (1.0, 2.0, 3.0) and found.maintain_aspect_ratio
    assert (found.network_type, found.process_mode, found.classifier_threshold) == (1, 2, 0.25)
    assert (found.operate_on_gie_id, found.operate_on_class_ids) == (1, (0, 2))
    assert (found.input_object_min_width, found.input_object_min_height) == (8, 9)
    assert found.output_tensor_meta and found.classifier_type == "color"


def test_detections_have_scores_a_class_and_their_clustering(tmp_path: Path) -> None:
    from deepstream.twin.inference.server import read

    post = """detection {
      num_detected_classes: 2
      per_class_params { key: 1 value { pre_threshold: 0.7 } }
      nms { confidence_threshold: 0.3 iou_threshold: 0.6 topk: 9 }
    }"""
    found = read(written(tmp_path, post))
    assert (found.network_type, found.cluster_mode) == (0, 2)
    scores = [one.pre_cluster_threshold for one in found.class_attrs]
    assert scores == [0.3, 0.7]
    assert (found.class_attrs[0].nms_iou_threshold, found.class_attrs[0].topk) == (0.6, 9)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"colors" v', '"other" v', "no version -1 of other"),
        ("version: -1", "version: 3", "no version 3 of colors"),
        ("model_repo {", "model_repo { #", "server.txt"),
        ("other {}", "", "postprocess says nothing"),
        ('model_repo { root: "models" }', 'grpc { url: "localhost:8001" }', "no Triton server"),
        ("infer_config", "infer_conf", "not nvinferserver's"),
    ],
)
def test_what_cannot_be_run_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    from deepstream.twin.inference.server import read
    from train2edge.errors import InputError

    path = written(tmp_path, "other {}")
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=said):
        read(path)


def test_the_element_runs_it(tmp_path: Path) -> None:
    from deepstream.twin.gst import Gst

    element = Gst.ElementFactory.make("nvinferserver", None)
    path = written(tmp_path, "other {}")
    element.set_property("config-file-path", str(path))
    assert element.get_property("unique-id") == 5
    assert element.do_start(), element.failure
    assert element.network.model.path.parent.name == "12"
